/* lwIP's Linux port: locks, semaphores, mailboxes. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "lwip/opt.h"
#include "lwip/sys.h"

enum { SIZE = 5, LONG_MS = 60000 };

static int message[SIZE + 1];
static const char *panic;

_Noreturn void port_panic(const char *file, int line, const char *what)
{
    (void)file;
    (void)line;
    panic = what;
    pthread_exit(NULL);
}

unsigned int random_word(void)
{
    return 4;
}

static int fails_in;

void *__real_malloc(size_t bytes);
void *__wrap_malloc(size_t bytes);

void *__wrap_malloc(size_t bytes)
{
    return fails_in > 0 && --fails_in == 0 ? NULL : __real_malloc(bytes);
}

/* --- Mailboxes ---------------------------------------------------------------- */

static void a_mailbox_keeps_the_order(void **state)
{
    sys_mbox_t mailbox;
    void *got;

    (void)state;
    assert_int_equal(sys_mbox_new(&mailbox, SIZE), ERR_OK);
    for (int round = 0; round < 100; round++) {
        for (int i = 0; i < 3; i++) {
            assert_int_equal(sys_mbox_trypost(&mailbox, &message[i]), ERR_OK);
        }
        for (int i = 0; i < 3; i++) {
            assert_int_equal(sys_arch_mbox_tryfetch(&mailbox, &got), 0);
            assert_ptr_equal(got, &message[i]);
        }
    }
    assert_int_equal(sys_arch_mbox_tryfetch(&mailbox, &got), SYS_MBOX_EMPTY);
    sys_mbox_free(&mailbox);
}

static void a_full_mailbox_takes_no_more(void **state)
{
    sys_mbox_t mailbox;
    void *got;

    (void)state;
    assert_int_equal(sys_mbox_new(&mailbox, SIZE), ERR_OK);
    for (int i = 0; i < SIZE; i++) {
        assert_int_equal(sys_mbox_trypost(&mailbox, &message[i]), ERR_OK);
    }
    assert_int_equal(sys_mbox_trypost(&mailbox, &message[SIZE]), ERR_MEM);
    for (int i = 0; i < SIZE; i++) {
        assert_int_equal(sys_arch_mbox_tryfetch(&mailbox, &got), 0);
        assert_ptr_equal(got, &message[i]);
    }
    sys_mbox_free(&mailbox);
}

static void without_memory_there_is_none(void **state)
{
    sys_mbox_t mailbox;
    sys_sem_t semaphore;

    (void)state;
    fails_in = 1;
    assert_int_equal(sys_mbox_new(&mailbox, SIZE), ERR_MEM);
    assert_false(sys_mbox_valid(&mailbox));
    fails_in = 1;
    assert_int_equal(sys_sem_new(&semaphore, 0), ERR_MEM);
    assert_false(sys_sem_valid(&semaphore));
}

static void waiting_for_a_message_ends(void **state)
{
    sys_mbox_t mailbox;
    void *got;
    u32_t start_ms = sys_now();

    (void)state;
    assert_int_equal(sys_mbox_new(&mailbox, SIZE), ERR_OK);
    assert_int_equal(sys_arch_mbox_fetch(&mailbox, &got, 20), SYS_ARCH_TIMEOUT);
    assert_in_range(sys_now() - start_ms, 20, LONG_MS);
    sys_mbox_free(&mailbox);
}

static void *post_all(void *arg)
{
    for (int i = 0; i <= SIZE; i++) {
        sys_mbox_post(arg, &message[i]);
    }
    return NULL;
}

static void threads_wait_for_each_other(void **state)
{
    sys_mbox_t mailbox;
    pthread_t other;
    void *got;

    (void)state;
    assert_int_equal(sys_mbox_new(&mailbox, 2), ERR_OK);
    /* The lock must be released while waiting, however often it was taken. */
    (void)sys_lock_enter();
    (void)sys_lock_enter();
    assert_int_equal(pthread_create(&other, NULL, post_all, &mailbox), 0);
    for (int i = 0; i <= SIZE; i++) {
        assert_in_range(sys_arch_mbox_fetch(&mailbox, &got, LONG_MS), 0, LONG_MS);
        assert_ptr_equal(got, &message[i]);
    }
    assert_int_equal(sys_lock_depth, 2);
    sys_lock_leave();
    sys_lock_leave();
    pthread_join(other, NULL);
    sys_mbox_free(&mailbox);
}

/* --- Semaphores ------------------------------------------------------------------ */

static void a_semaphore_counts_to_one(void **state)
{
    sys_sem_t semaphore;

    (void)state;
    assert_int_equal(sys_sem_new(&semaphore, 0), ERR_OK);
    sys_sem_signal(&semaphore);
    sys_sem_signal(&semaphore);
    assert_in_range(sys_arch_sem_wait(&semaphore, 0), 0, LONG_MS);
    assert_int_equal(sys_arch_sem_wait(&semaphore, 10), SYS_ARCH_TIMEOUT);
    sys_sem_free(&semaphore);
}

static void *get_semaphore(void *arg)
{
    *(sys_sem_t *)arg = *sys_arch_netconn_sem_get();
    sys_arch_netconn_sem_free();
    return NULL;
}

static void each_thread_has_a_semaphore(void **state)
{
    sys_sem_t *mine = sys_arch_netconn_sem_get();
    sys_sem_t theirs;
    pthread_t other;

    (void)state;
    assert_ptr_equal(mine, sys_arch_netconn_sem_get());
    assert_int_equal(pthread_create(&other, NULL, get_semaphore, &theirs), 0);
    pthread_join(other, NULL);
    assert_ptr_not_equal(*mine, theirs);
    sys_arch_netconn_sem_free();
}

/* --- The lock ---------------------------------------------------------------------- */

static atomic_int turns;

/* As lwIP's thread does: waits for a message, and takes the lock after the time-out. */
static void *take_turns(void *arg)
{
    sys_mbox_t empty;

    (void)sys_mbox_new(&empty, SIZE);
    for (int i = 0; i < *(int *)arg; i++) {
        void *got;
        (void)sys_arch_mbox_fetch(&empty, &got, 1);
        (void)sys_lock_enter();
        atomic_fetch_add(&turns, 1);
        sys_lock_leave();
    }
    sys_mbox_free(&empty);
    return NULL;
}

static void who_never_sleeps_lets_others_pass(void **state)
{
    int wanted = 20;
    u32_t start_ms = sys_now();
    pthread_t other;

    (void)state;
    (void)sys_lock_enter();
    assert_int_equal(pthread_create(&other, NULL, take_turns, &wanted), 0);
    while (atomic_load(&turns) < wanted && sys_now() - start_ms < LONG_MS) {
        sys_lock_yield();
        assert_int_equal(sys_lock_depth, 1);
    }
    assert_int_equal(atomic_load(&turns), wanted);
    sys_lock_leave();
    pthread_join(other, NULL);
}

static int guarded;

static void *count_slowly(void *arg)
{
    (void)arg;
    for (int i = 0; i < 1000; i++) {
        sys_core_lock();
        int before = guarded;
        (void)sys_lock_enter();
        guarded = before + 1;
        sys_lock_leave();
        sys_core_unlock();
    }
    return NULL;
}

static void one_at_a_time_has_it(void **state)
{
    pthread_t other;

    (void)state;
    assert_int_equal(pthread_create(&other, NULL, count_slowly, NULL), 0);
    count_slowly(NULL);
    pthread_join(other, NULL);
    assert_int_equal(guarded, 2000);
    assert_int_equal(sys_lock_depth, 0);
}

static void *call_unlocked(void *arg)
{
    (void)arg;
    (void)sys_lock_enter();
    sys_check_core_locking();
    return NULL;
}

static void the_core_without_its_lock_is_noticed(void **state)
{
    pthread_t other;

    (void)state;
    sys_check_core_locking();
    sys_mark_tcpip_thread();
    sys_core_lock();
    sys_check_core_locking();
    sys_core_unlock();
    assert_null(panic);
    assert_int_equal(pthread_create(&other, NULL, call_unlocked, NULL), 0);
    pthread_join(other, NULL);
    assert_non_null(panic);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mailbox_keeps_the_order),
        cmocka_unit_test(a_full_mailbox_takes_no_more),
        cmocka_unit_test(without_memory_there_is_none),
        cmocka_unit_test(waiting_for_a_message_ends),
        cmocka_unit_test(threads_wait_for_each_other),
        cmocka_unit_test(a_semaphore_counts_to_one),
        cmocka_unit_test(each_thread_has_a_semaphore),
        cmocka_unit_test(who_never_sleeps_lets_others_pass),
        cmocka_unit_test(one_at_a_time_has_it),
        /* Must be the last one: its thread dies holding the lock. */
        cmocka_unit_test(the_core_without_its_lock_is_noticed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
