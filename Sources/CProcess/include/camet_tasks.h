#ifndef CAMET_TASKS_H
#define CAMET_TASKS_H

/// Runs the job of a task of Swift's, some time or at once, on a thread of its choice.
typedef void (*camet_task_runner)(void *_Nonnull job);

/// Has the tasks of this process that prefer no executor run by `runner` in place of the threads of Swift's runtime. To be said
/// once, before there are tasks.
/// Returns 0, or ENOTSUP when the program has no tasks.
int camet_run_tasks_by(camet_task_runner _Nonnull runner);

#endif
