# shellcheck shell=bash
# The gateway as a child: started, waited for, ended. Its own output is in <data>/log/gateway.log.

# What the gateway exits with when it cannot have the port.
readonly exit_port_in_use=98
readonly gateway_patience=60
gateway_pid=""

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

# Usage: start_gateway PORT; sets gateway_pid and base_url once the gateway listens.
start_gateway() {
    local log=$data/log/gateway.log port
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    "${child_of_command[@]}" "$products/camet-gateway" </dev/null >"$log" 2>&1 9>&- &
    gateway_pid=$!
    printf '%s\n' "$gateway_pid" >"$run_folder/gateway.pid"
    wait_for_gateway "$1" "it does not listen" gateway_listens
    port=$(listening_port)
    base_url=http://127.0.0.1:$port
    ! gateway_speaks_tls || base_url=https://127.0.0.1:$port
    base_url+=$(setting CAMET_BASE_PATH)
    printf '%s\n' "$base_url" >"$run_folder/url"
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

stop_gateway() {
    if [[ -n $gateway_pid ]]; then
        end_process "$gateway_pid" 10
    fi
    [[ -z ${run_folder:-} ]] || rm -f "$run_folder/gateway.pid" "$run_folder/url"
}
