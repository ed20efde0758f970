/*
 * Threads: locks, conditions, barriers, atomics of every width that the processor reserves, and
 * variables of each thread.
 * builds: 64 32
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#include "../user/check.h"

enum { THREADS = 8, TURNS = 3000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static pthread_rwlock_t many = PTHREAD_RWLOCK_INITIALIZER;
static sem_t items;
static unsigned locked, whose, pairs[2];
static _Atomic uint32_t words;
static _Atomic uint8_t small;
static _Atomic uint16_t half;
#ifdef __powerpc64__
static _Atomic uint64_t wide;
#endif
static _Thread_local unsigned own;

static void *work(void *argument)
{
    const unsigned me = (unsigned)(uintptr_t)argument;
    pthread_barrier_wait(&barrier);
    for (unsigned i = 0; i < TURNS; i++) {
        own += me;
        words += me + 1;
        small++;
        half += 3;
#ifdef __powerpc64__
        wide += 0x100000001;
#endif
        pthread_mutex_lock(&lock);
        locked++;
        pthread_mutex_unlock(&lock);
        if (i % 64 == 0) {
            pthread_rwlock_wrlock(&many);
            pairs[0]++;
            pairs[1]++;
        } else {
            pthread_rwlock_rdlock(&many);
        }
        const int equal = pairs[0] == pairs[1];
        pthread_rwlock_unlock(&many);
        if (!equal)
            return NULL;
    }
    /* One after the other, in order. */
    for (unsigned round = 0; round < 30; round++) {
        pthread_mutex_lock(&lock);
        while (whose % THREADS != me)
            pthread_cond_wait(&changed, &lock);
        whose++;
        pthread_cond_broadcast(&changed);
        pthread_mutex_unlock(&lock);
    }
    sem_post(&items);
    return (void *)(uintptr_t)(own + 1);
}

int main(void)
{
    pthread_t threads[THREADS];
    CHECK(!pthread_barrier_init(&barrier, NULL, THREADS) && !sem_init(&items, 0, 0));
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(!pthread_create(&threads[i], NULL, work, (void *)i));
    for (int i = 0; i < THREADS; i++)
        CHECK(!sem_wait(&items));
    for (uintptr_t i = 0; i < THREADS; i++) {
        void *result;
        CHECK(!pthread_join(threads[i], &result) && (uintptr_t)result == i * TURNS + 1);
    }
    CHECK(locked == THREADS * TURNS && words == THREADS * (THREADS + 1) / 2 * TURNS);
    CHECK(small == (uint8_t)(THREADS * TURNS) && half == (uint16_t)(3 * THREADS * TURNS));
#ifdef __powerpc64__
    CHECK(wide == 0x100000001ull * THREADS * TURNS);
#endif
    CHECK(whose == THREADS * 30 && pairs[0] == THREADS * (TURNS / 64 + 1) && own == 0);
    return finish();
}
