# shellcheck shell=bash
# Demo data, put in once, and live detections for the demo tenants while the server runs.
#
# script/steps/demo.sh DATA BASE_URL DAYS makes the data through the CLI and the public API, and may be run again after
# an interruption. It leaves DATA/demo-sign-ins.txt, and DATA/demo-tenants with one slug a line.

simulator_pids=()

require_demo() {
    local days=$1
    [[ ! -e $data/demo-complete ]] || return 0
    say "Making demo data of $days days (once)"
    # shellcheck disable=SC2154  # set by start_gateway
    run_interruptible "$repository/script/steps/demo.sh" "$data" "$base_url" "$days" \
        || fail "the demo data could not be made; the next start continues it"
    : >"$data/demo-complete"
}

start_live_simulation() {
    local slug log=$data/log/simulation.log
    [[ -s $data/demo-tenants ]] || return 0
    : >"$log"
    while IFS= read -r slug; do
        [[ -n $slug ]] || continue
        "${child_of_command[@]}" "$products/camet" simulate --tenant "$slug" --live </dev/null >>"$log" 2>&1 9>&- &
        simulator_pids+=("$!")
    done <"$data/demo-tenants"
}

stop_live_simulation() {
    local pid
    for pid in "${simulator_pids[@]}"; do
        kill -TERM "$pid" 2>/dev/null || true
    done
    for pid in "${simulator_pids[@]}"; do
        end_process "$pid" 1
    done
    simulator_pids=()
}
