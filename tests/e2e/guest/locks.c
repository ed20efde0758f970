/*
 * Locks and atomics between threads of one process, run as init: each test ends in an invariant
 * that holds only if every vCPU sees what the others do, in the order that the barriers promise.
 * Prints a line a test and "threads: passed" or "threads: FAILED" at last, then powers off.
 *
 * usage: threads THREADS ROUNDS
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <time.h>
#include <unistd.h>

enum { THREADS_MAX = 64, QUEUE = 16, NODES = 64 };

static unsigned threads, rounds;
static atomic_uint failures;
static pthread_barrier_t all;

#define CHECK(condition)                                                                           \
    do {                                                                                           \
        if (!(condition) && atomic_fetch_add(&failures, 1) < 10)                                   \
            printf("FAILED: %s:%d: %s\n", __FILE__, __LINE__, #condition);                         \
    } while (0)

/* -- Locks of the C library -- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_spinlock_t spin;
static uint64_t mutex_count, spin_count;

static void mutexes(unsigned self)
{
    (void)self;
    for (unsigned i = 0; i < rounds; i++) {
        pthread_mutex_lock(&mutex);
        mutex_count++;
        pthread_mutex_unlock(&mutex);
        pthread_spin_lock(&spin);
        spin_count++;
        pthread_spin_unlock(&spin);
    }
}

static void check_mutexes(void)
{
    CHECK(mutex_count == (uint64_t)threads * rounds);
    CHECK(spin_count == (uint64_t)threads * rounds);
}

/* Half of the threads put numbers into a short queue, the others take them out. */
static pthread_cond_t not_full = PTHREAD_COND_INITIALIZER, not_empty = PTHREAD_COND_INITIALIZER;
static unsigned queue[QUEUE], queued, head;
static uint64_t put_sum, taken_sum;

static void conditions(unsigned self)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < rounds; i++) {
        pthread_mutex_lock(&mutex);
        if (self % 2 == 0) {
            while (queued == QUEUE)
                pthread_cond_wait(&not_full, &mutex);
            queue[(head + queued++) % QUEUE] = self * rounds + i;
            sum += self * rounds + i;
            pthread_cond_signal(&not_empty);
        } else {
            while (queued == 0)
                pthread_cond_wait(&not_empty, &mutex);
            sum += queue[head];
            head = (head + 1) % QUEUE;
            queued--;
            pthread_cond_signal(&not_full);
        }
        pthread_mutex_unlock(&mutex);
    }
    pthread_mutex_lock(&mutex);
    *(self % 2 == 0 ? &put_sum : &taken_sum) += sum;
    pthread_mutex_unlock(&mutex);
}

static void check_conditions(void)
{
    CHECK(queued == 0 && put_sum == taken_sum && put_sum != 0);
}

/* One in eight writes both halves of a pair, the others see them equal. */
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static uint64_t left, right;

static void rwlocks(unsigned self)
{
    for (unsigned i = 0; i < rounds; i++) {
        if ((i + self) % 8 == 0) {
            pthread_rwlock_wrlock(&rwlock);
            left += self + 1;
            right += self + 1;
            pthread_rwlock_unlock(&rwlock);
        } else {
            pthread_rwlock_rdlock(&rwlock);
            CHECK(left == right);
            pthread_rwlock_unlock(&rwlock);
        }
    }
}

static void check_rwlocks(void)
{
    CHECK(left == right && left != 0);
}

static unsigned phase[THREADS_MAX];

static void barriers(unsigned self)
{
    for (unsigned i = 1; i <= rounds / 20; i++) {
        phase[self] = i;
        pthread_barrier_wait(&all);
        for (unsigned t = 0; t < threads; t++)
            CHECK(phase[t] == i);
        pthread_barrier_wait(&all);
    }
}

/* -- Atomics -- */

static _Atomic uint8_t a8;
static _Atomic uint16_t a16[2];
static _Atomic uint32_t a32;
static _Atomic uint64_t a64, a_cas, a_max, a_bits;
static _Atomic uint32_t exchanged;
static uint8_t seen[THREADS_MAX * 4096 + 1];

static void atomics(unsigned self)
{
    for (unsigned i = 0; i < rounds; i++) {
        atomic_fetch_add(&a8, 1);
        atomic_fetch_add(&a16[self % 2], 3);
        atomic_fetch_add_explicit(&a32, 5, memory_order_relaxed);
        atomic_fetch_sub(&a64, 7);
        uint64_t old = atomic_load(&a_cas);
        while (!atomic_compare_exchange_weak(&a_cas, &old, old * 5 + 1))
            ;
        old = atomic_load(&a_max);
        while (old < i && !atomic_compare_exchange_strong(&a_max, &old, i))
            ;
        atomic_fetch_xor(&a_bits, UINT64_C(1) << (self & 63));
        /* Each number goes in once and comes out once, whoever gets it. */
        if (i < 4096)
            seen[atomic_exchange(&exchanged, self * 4096 + i + 1)]++;
    }
}

static void check_atomics(void)
{
    const uint64_t total = (uint64_t)threads * rounds;
    uint64_t cas = 0;
    for (uint64_t i = 0; i < total; i++)
        cas = cas * 5 + 1;
    CHECK(a8 == (uint8_t)total);
    CHECK(a16[0] == (uint16_t)((threads + 1) / 2 * rounds * 3));
    CHECK(a16[1] == (uint16_t)(threads / 2 * rounds * 3));
    CHECK(a32 == (uint32_t)(total * 5));
    CHECK(a64 == 0 - total * 7);
    CHECK(a_cas == cas);
    CHECK(a_max == rounds - 1);
    CHECK(a_bits == (rounds % 2 ? (UINT64_C(1) << threads) - 1 : 0));
    seen[exchanged]++;
    for (unsigned t = 0; t < threads; t++)
        for (unsigned i = 0; i < rounds && i < 4096; i++)
            CHECK(seen[t * 4096 + i + 1] == 1);
}

/* -- 128 bits, and a lock of its own instructions -- */

static unsigned __int128 wide __attribute__((aligned(16)));

static void add_wide(unsigned __int128 *at, uint64_t addend)
{
    register uint64_t high __asm__("r8");
    register uint64_t low __asm__("r9");
    __asm__ volatile("1: lqarx %[high],0,%[at]\n\t"
                     "addc %[low],%[low],%[addend]\n\t"
                     "addze %[high],%[high]\n\t"
                     "stqcx. %[high],0,%[at]\n\t"
                     "bne- 1b"
                     : [high] "=&r"(high), [low] "=&r"(low), "+m"(*at)
                     : [at] "b"(at), [addend] "r"(addend)
                     : "cr0", "xer", "memory");
}

static struct {
    uint32_t next, serving;
} ticket;
static uint64_t ticket_count, ticket_last;

static uint32_t take_ticket(void)
{
    uint32_t mine, next;
    __asm__ volatile("1: lwarx %[mine],0,%[at]\n\t"
                     "addi %[next],%[mine],1\n\t"
                     "stwcx. %[next],0,%[at]\n\t"
                     "bne- 1b"
                     : [mine] "=&b"(mine), [next] "=&r"(next)
                     : [at] "b"(&ticket.next)
                     : "cr0", "memory");
    return mine;
}

static void tickets(unsigned self)
{
    for (unsigned i = 0; i < rounds; i++) {
        add_wide(&wide, UINT64_C(0xfedcba9876543210) + self);
        const uint32_t mine = take_ticket();
        while (*(volatile uint32_t *)&ticket.serving != mine)
            sched_yield();
        __asm__ volatile("isync" ::: "memory");
        CHECK(ticket_count == mine); /* first come, first served */
        ticket_count++;
        ticket_last = self;
        __asm__ volatile("lwsync" ::: "memory");
        *(volatile uint32_t *)&ticket.serving = mine + 1;
    }
}

static void check_tickets(void)
{
    unsigned __int128 sum = 0;
    for (unsigned t = 0; t < threads; t++)
        sum += (unsigned __int128)rounds * (UINT64_C(0xfedcba9876543210) + t);
    CHECK(ticket_count == (uint64_t)threads * rounds && ticket_last < threads);
    CHECK(wide == sum);
}

/* -- A stack without locks: a tag in the upper half keeps a head from being taken for another -- */

static _Atomic uint64_t top; /* number of the node plus 1, tag above */
static struct {
    _Atomic uint32_t next;
    atomic_int owners;
} nodes[NODES];

static void push(uint32_t node)
{
    uint64_t old = atomic_load(&top);
    do
        atomic_store(&nodes[node].next, (uint32_t)old);
    while (!atomic_compare_exchange_weak(&top, &old, ((old >> 32) + 1) << 32 | (node + 1)));
}

static bool pop(uint32_t *node)
{
    uint64_t old = atomic_load(&top);
    do {
        *node = (uint32_t)old - 1;
        if ((uint32_t)old == 0)
            return false;
    } while (
        !atomic_compare_exchange_weak(&top, &old, ((old >> 32) + 1) << 32 | nodes[*node].next));
    return true;
}

static void stack(unsigned self)
{
    uint32_t node;
    if (self == 0)
        for (uint32_t i = 0; i < NODES; i++)
            push(i);
    pthread_barrier_wait(&all);
    for (unsigned i = 0; i < rounds; i++) {
        if (!pop(&node))
            continue;
        CHECK(atomic_fetch_add(&nodes[node].owners, 1) == 0);
        if (i % 16 == 0)
            sched_yield();
        CHECK(atomic_fetch_sub(&nodes[node].owners, 1) == 1);
        push(node);
    }
}

static void check_stack(void)
{
    uint32_t node;
    unsigned count = 0;
    while (pop(&node))
        count++;
    CHECK(count == NODES);
}

/* -- Litmus tests: messages behind lwsync, Dekker behind sync; the clock in messages -- */

static volatile uint64_t message __attribute__((aligned(128)));
static volatile uint64_t flag __attribute__((aligned(128)));
static volatile uint64_t stamp __attribute__((aligned(128)));
static volatile unsigned wants[2][128], both_saw_none;

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static void litmus(unsigned self)
{
    for (unsigned i = 1; i <= rounds; i++) {
        if (self == 0) {
            message = i;
            __asm__ volatile("lwsync" ::: "memory");
            flag = i;
        } else {
            const uint64_t f = flag;
            __asm__ volatile("lwsync" ::: "memory");
            CHECK(message >= f);
        }
        const uint64_t sent = stamp;
        __asm__ volatile("lwsync" ::: "memory");
        const uint64_t now = now_ns();
        CHECK(now >= sent);
        stamp = now;
    }
    for (unsigned i = 1; i <= rounds / 20; i++) {
        pthread_barrier_wait(&all);
        if (self < 2) {
            static volatile unsigned other[2];
            wants[self][0] = i;
            __asm__ volatile("sync" ::: "memory");
            other[self] = wants[1 - self][0];
            pthread_barrier_wait(&all);
            if (self == 0)
                CHECK(other[0] == i || other[1] == i);
        } else {
            pthread_barrier_wait(&all);
        }
    }
}

/* -- Threads that come and go -- */

static atomic_uint born;

static void *brief(void *arg)
{
    atomic_fetch_add(&born, 1);
    return arg;
}

static void births(unsigned self)
{
    pthread_t child;
    void *result;
    for (unsigned i = 0; i < rounds / 100; i++) {
        CHECK(pthread_create(&child, NULL, brief, &nodes[self % NODES]) == 0);
        CHECK(pthread_join(child, &result) == 0 && result == &nodes[self % NODES]);
    }
}

static void check_births(void)
{
    CHECK(born == threads * (rounds / 100));
}

static const struct {
    const char *name;
    void (*run)(unsigned self);
    void (*check)(void);
} tests[] = {
    {"mutexes", mutexes, check_mutexes}, {"conditions", conditions, check_conditions},
    {"rwlocks", rwlocks, check_rwlocks}, {"barriers", barriers, NULL},
    {"atomics", atomics, check_atomics}, {"tickets", tickets, check_tickets},
    {"stack", stack, check_stack},       {"litmus", litmus, NULL},
    {"births", births, check_births},
};
enum { TESTS = sizeof tests / sizeof *tests };

static uint64_t cpus_seen[THREADS_MAX];

static void *thread(void *arg)
{
    const unsigned self = (unsigned)(uintptr_t)arg;
    for (unsigned i = 0; i < TESTS; i++) {
        pthread_barrier_wait(&all);
        tests[i].run(self);
        cpus_seen[self] |= UINT64_C(1) << (sched_getcpu() & 63);
        pthread_barrier_wait(&all);
        if (self == 0) {
            if (tests[i].check)
                tests[i].check();
            printf("threads: %s done, %u failures\n", tests[i].name, atomic_load(&failures));
            fflush(stdout);
        }
    }
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t ids[THREADS_MAX];
    uint64_t cpus = 0;
    threads = argc > 2 ? (unsigned)atoi(argv[1]) : 0;
    rounds = argc > 2 ? (unsigned)atoi(argv[2]) : 0;
    if (threads < 2 || threads % 2 || threads >= THREADS_MAX || rounds < 100)
        return 2;
    pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
    pthread_barrier_init(&all, NULL, threads);
    for (unsigned t = 0; t < threads; t++)
        CHECK(pthread_create(&ids[t], NULL, thread, (void *)(uintptr_t)t) == 0);
    for (unsigned t = 0; t < threads; t++) {
        CHECK(pthread_join(ids[t], NULL) == 0);
        cpus |= cpus_seen[t];
    }
    printf("threads: on %d vCPUs\n", __builtin_popcountll(cpus));
    printf("threads: %s\n", atomic_load(&failures) ? "FAILED" : "passed");
    fflush(stdout);
    if (getpid() == 1)
        reboot(RB_POWER_OFF);
    return atomic_load(&failures) != 0;
}
