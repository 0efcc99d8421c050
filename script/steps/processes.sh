# shellcheck shell=bash
# Starting and ending child processes so that none outlives the command, however the command ends.
#
# Every child gets a session of its own, so that Ctrl-C in a terminal reaches only the command and the order of stopping
# is ours; and a parent-death signal, so that kill -9 of the command ends it too. It must be a direct child of this
# shell for that: call these functions without a subshell. File descriptor 9 is the lock of the data folder and is not
# handed on, or a lingering child would keep the folder locked.

# Runs a program only if its parent is still this shell: one killed before the signal was asked for sends none.
# shellcheck disable=SC2016  # the words in quotes are for sh
readonly while_parent_lives=(sh -c '[ "$PPID" = "$0" ] && exec "$@"' "$$")
readonly child_of_command=(setsid -- setpriv --pdeathsig TERM -- "${while_parent_lives[@]}")

interruptible_step=""

# Runs a command that a signal to this shell can cut short. Its output goes to stderr.
run_interruptible() {
    local status=0
    "${child_of_command[@]}" "$@" </dev/null >&2 9>&- &
    interruptible_step=$!
    wait "$interruptible_step" || status=$?
    interruptible_step=""
    return "$status"
}

# Usage: run_logged WHAT LOG COMMAND...; output goes to the log, and every half minute a line says that it still goes on.
run_logged() {
    local what=$1 log=$2 status=0 began=$SECONDS told=$SECONDS
    shift 2
    "${child_of_command[@]}" "$@" </dev/null >"$log" 2>&1 9>&- &
    interruptible_step=$!
    while is_alive "$interruptible_step"; do
        sleep 0.1
        if ((SECONDS - told >= 30)); then
            told=$SECONDS
            say "  $what: $((SECONDS - began)) s so far, now: $(tail -c 300 -- "$log" | tail -n 1 | cut -c 1-100)"
        fi
    done
    wait "$interruptible_step" || status=$?
    interruptible_step=""
    return "$status"
}

stop_interruptible_step() {
    [[ -n $interruptible_step ]] || return 0
    kill -TERM -- "-$interruptible_step" 2>/dev/null || true
    if ! ended_within 5 "$interruptible_step"; then
        kill -KILL -- "-$interruptible_step" 2>/dev/null || true
    fi
    interruptible_step=""
}

is_alive() {
    kill -0 "$1" 2>/dev/null
}

# Usage: ended_within SECONDS PID; true as soon as the process is gone.
ended_within() {
    local polls=$(($1 * 20)) pid=$2
    while is_alive "$pid"; do
        ((polls-- > 0)) || return 1
        sleep 0.05
    done
}

# Usage: end_process PID SECONDS; asks with SIGTERM, and after that many seconds no longer asks.
end_process() {
    end_processes "$2" "$1"
}

# Usage: end_processes SECONDS PID...; the same of several, which have that time together.
end_processes() {
    local seconds=$1 polls=$(($1 * 20)) pid
    shift
    for pid in "$@"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "$@"; do
        while is_alive "$pid" && ((polls-- > 0)); do
            sleep 0.05
        done
        is_alive "$pid" || continue
        say "process $pid did not end within $seconds s and was killed"
        kill -KILL "$pid" 2>/dev/null || true
        ended_within 5 "$pid" || true
    done
}
