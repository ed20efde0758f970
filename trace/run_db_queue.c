/* The bounded queue between the simulation and the writer's thread. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "run_db_internal.h"

int64_t run_clock_ns(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

void run_queue_init(struct run_queue *queue)
{
    memset(queue, 0, sizeof *queue);
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->not_empty, &monotonic);
    pthread_cond_init(&queue->not_full, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

void run_queue_fini(struct run_queue *queue)
{
    while (queue->first) {
        struct run_message *next = queue->first->next;
        free(queue->first);
        queue->first = next;
    }
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->mutex);
}

struct run_message *run_message_new(enum run_message_type type, const void *const text[3],
                                    const size_t length[3], size_t array_length)
{
    size_t size = sizeof(struct run_message) + array_length * sizeof(uint64_t);
    for (int i = 0; i < 3; i++)
        size += text[i] ? length[i] + 1 : 0;
    struct run_message *message = malloc(size);
    if (!message)
        return NULL;
    *message = (struct run_message){.type = type, .size = size, .array_length = array_length};
    message->array = (uint64_t *)(message + 1);
    char *out = (char *)(message->array + array_length);
    for (int i = 0; i < 3; i++) {
        if (!text[i])
            continue;
        memcpy(out, text[i], length[i]);
        out[length[i]] = '\0';
        message->text[i] = out;
        message->length[i] = length[i];
        out += length[i] + 1;
    }
    return message;
}

void run_queue_put(struct run_queue *queue, struct run_message *message)
{
    pthread_mutex_lock(&queue->mutex);
    /* A message larger than the whole queue is let in when the queue is empty. */
    while (queue->first && queue->queued_bytes + message->size > RUN_DB_QUEUE_BYTES)
        pthread_cond_wait(&queue->not_full, &queue->mutex);
    if (queue->last)
        queue->last->next = message;
    else
        queue->first = message;
    queue->last = message;
    queue->queued_bytes += message->size;
    pthread_cond_signal(&queue->not_empty);
    pthread_mutex_unlock(&queue->mutex);
}

struct run_message *run_queue_take(struct run_queue *queue, int64_t deadline_ns)
{
    const struct timespec deadline = {.tv_sec = deadline_ns / 1000000000,
                                      .tv_nsec = deadline_ns % 1000000000};
    pthread_mutex_lock(&queue->mutex);
    while (!queue->first &&
           pthread_cond_timedwait(&queue->not_empty, &queue->mutex, &deadline) == 0)
        ;
    struct run_message *list = queue->first;
    queue->first = queue->last = NULL;
    queue->queued_bytes = 0;
    pthread_cond_broadcast(&queue->not_full);
    pthread_mutex_unlock(&queue->mutex);
    return list;
}
