# shellcheck shell=bash
# The gateway as a child: started, waited for, ended. Its own output is in <data>/log/gateway.log.

# What the gateway exits with when it cannot have the port.
readonly exit_port_in_use=98
readonly gateway_patience=60
gateway_pid=""
# The gateway that is about to take over, and the one that gives its companies up to it.
successor_pid="" predecessor_pid=""

require_free_port() {
    (($1 > 0)) || return 0
    if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
        fail "port $1 is in use; name another with --port, or 0 for any free one"
    fi
}

# After kill -9 of script/server its gateway may still be draining.
end_earlier_gateway() {
    local pid
    # shellcheck disable=SC2154  # set by require_run_folder
    pid=$(cat "$run_folder/gateway.pid" 2>/dev/null) || return 0
    if [[ $pid =~ ^[0-9]+$ && $(tr '\0' '\n' <"/proc/$pid/cmdline" 2>/dev/null) == *camet-gateway* ]]; then
        say "An earlier gateway of this folder still runs: ending it"
        end_process "$pid" 10
    fi
    rm -f "$run_folder/gateway.pid"
}

# Usage: setting NAME; from the environment, else from camet.conf, as the gateway reads it.
setting() {
    if [[ -n ${!1:-} ]]; then
        printf '%s\n' "${!1}"
    else
        sed -n "s/^$1=//p" "$data/camet.conf" | tail -n 1
    fi
}

gateway_speaks_tls() {
    [[ -n $(setting CAMET_TLS_CERTIFICATE_FILE) ]]
}

# Usage: write_note FILE TEXT; anew, so that root follows no link that the folder's owner may have put there.
write_note() {
    rm -f -- "$1"
    (set -o noclobber && printf '%s\n' "$2" >"$1")
}

# Usage: start_gateway PORT; sets gateway_pid and base_url once the gateway listens.
start_gateway() {
    local log=$data/log/gateway.log port
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    hand_over_to_gateway
    choose_gateway_command "$1"
    # shellcheck disable=SC2154  # set by the steps before
    CAMET_DATA=$home "${child_of_command[@]}" "${gateway_command[@]}" </dev/null >"$log" 2>&1 9>&- &
    gateway_pid=$!
    write_note "$run_folder/gateway.pid" "$gateway_pid"
    wait_for_gateway "$1" "it does not listen" gateway_listens
    port=$(listening_port)
    base_url=http://127.0.0.1:$port
    ! gateway_speaks_tls || base_url=https://127.0.0.1:$port
    base_url+=$(setting CAMET_BASE_PATH)
    write_note "$run_folder/url" "$base_url"
    wait_for_gateway "$port" "it listens but /readyz is not 200" gateway_is_ready "$port"
}

# Usage: wait_for_gateway PORT COMPLAINT CONDITION...
wait_for_gateway() {
    local port=$1 complaint=$2 log=$data/log/gateway.log polls=$((gateway_patience * 20)) status=0
    shift 2
    until "$@"; do
        if ! is_alive "$gateway_pid"; then
            wait "$gateway_pid" || status=$?
            gateway_pid=""
            ((status != exit_port_in_use)) || fail "port $port is in use; name another with --port, or 0 for any free one"
            fail_with_log "the gateway ended with status $status" "$log"
        fi
        ((polls-- > 0)) || fail_with_log "the gateway was not ready after $gateway_patience s: $complaint" "$log"
        sleep 0.05
    done
}

listening_port() {
    sed -n 's/^LISTENING \([0-9][0-9]*\)$/\1/p' "$data/log/gateway.log" | head -n 1
}

gateway_listens() {
    [[ -n $(listening_port) ]]
}

# Speaks HTTP by itself: nothing else here would need an HTTP client.
gateway_is_ready() {
    local status_line request
    request=$(printf 'GET %s/readyz HTTP/1.1\r\nHost: 127.0.0.1:%s\r\nConnection: close' "$(setting CAMET_BASE_PATH)" "$1")
    if gateway_speaks_tls; then
        # Whoever holds the port is the gateway that was just started: whom the certificate names is not asked.
        status_line=$(printf '%s\r\n\r\n' "$request" \
            | timeout 5 openssl s_client -quiet -connect "127.0.0.1:$1" 2>/dev/null | head -n 1) || true
    else
        status_line=$(
            exec 3<>"/dev/tcp/127.0.0.1/$1" || exit 1
            printf '%s\r\n\r\n' "$request" >&3
            IFS= read -r -t 5 line <&3 && printf '%s' "$line"
        ) 2>/dev/null || return 1
    fi
    [[ $status_line == "HTTP/1.1 200"* ]]
}

# Usage: replace_gateway PORT; builds what has changed, migrates, and lets another gateway take the place of the running one without
# a request being refused. Whatever fails before that leaves the running one as it is. Nothing here may end the command.
replace_gateway() {
    local log=$data/log/gateway.log polls=$((gateway_patience * 20))
    say "Another gateway takes the place of the running one"
    if ! try_to_build; then
        say "The build failed (see $build_folder/camet-build.log): the running gateway stays"
        return 1
    fi
    place_programs
    if ! run_interruptible "$products/camet" migrate; then
        say "The databases could not be migrated: the running gateway stays"
        return 1
    fi
    hand_over_to_gateway
    choose_gateway_command "$1"
    mv -f "$log" "$log.1"
    CAMET_DATA=$home "${child_of_command[@]}" "${gateway_command[@]}" --take-over </dev/null >"$log" 2>&1 9>&- &
    successor_pid=$!
    until gateway_listens; do
        if ! is_alive "$successor_pid" || ((polls-- == 0)); then
            kill -KILL "$successor_pid" 2>/dev/null || true
            wait "$successor_pid" 2>/dev/null || true
            successor_pid=""
            mv -f "$log" "$log.failed"
            mv -f "$log.1" "$log"
            say "It does not serve: see $log.failed"
            return 1
        fi
        sleep 0.05
    done
    predecessor_pid=$gateway_pid
    gateway_pid=$successor_pid
    successor_pid=""
    write_note "$run_folder/gateway.pid" "$gateway_pid"
    say "It serves; the one before finishes what it has begun"
    while is_alive "$predecessor_pid" && is_alive "$gateway_pid"; do
        sleep 0.05
    done
    is_alive "$gateway_pid" || return 1
    predecessor_pid=""
    say "The one before has ended"
}

stop_gateway() {
    # shellcheck disable=SC2086  # those that there are
    end_processes 10 $successor_pid $predecessor_pid $gateway_pid
    [[ -z ${run_folder:-} ]] || rm -f "$run_folder/gateway.pid" "$run_folder/url"
}
