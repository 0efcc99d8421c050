#include "camet_tasks.h"

#include <errno.h>
#include <stddef.h>

typedef __attribute__((swiftcall)) void (*task_enqueuer)(void *job, void *original);

// Of Swift's runtime (stdlib/public/Concurrency/GlobalExecutor.cpp): who is given a job for no executor in particular. NIO finds
// it with dlsym, which it cannot where the runtime is in the program itself. Weak, as the launcher has no runtime.
extern task_enqueuer swift_task_enqueueGlobal_hook __attribute__((weak));

static camet_task_runner task_runner;

__attribute__((swiftcall)) static void enqueue(void *job, void *original) {
    (void)original;
    task_runner(job);
}

int camet_run_tasks_by(camet_task_runner runner) {
    if (&swift_task_enqueueGlobal_hook == NULL) return ENOTSUP;
    task_runner = runner;
    swift_task_enqueueGlobal_hook = enqueue;
    return 0;
}
