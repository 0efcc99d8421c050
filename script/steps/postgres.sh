# shellcheck shell=bash
# A private PostgreSQL 15 cluster of the data folder: reachable by its Unix socket only, never running as root.

readonly postgres_programs=/usr/lib/postgresql/15/bin
readonly postgres_port=5432
postgres_pid=""

# Sets cluster, postgres_sockets and as_database_user, and says so when they are outside the data folder.
choose_postgres_places() {
    # shellcheck disable=SC2154  # data is set by open_data_folder
    cluster=$data/postgres
    local owner=postgres
    as_database_user=()
    if ((EUID == 0)); then
        if [[ -d $cluster ]]; then owner=$(stat --format=%U "$cluster"); fi
        as_database_user=(setpriv --reuid="$owner" --regid="$(id -g "$owner")" --init-groups --)
    fi
    if [[ -s $data/elsewhere && -d $(<"$data/elsewhere")/postgres ]] || ! database_user_reaches_data; then
        [[ ! -d $cluster ]] || fail "the user $owner, whom PostgreSQL runs as, can no longer reach $cluster"
        require_elsewhere
        cluster=$elsewhere/postgres
        say "PostgreSQL's user cannot reach $data: its files are in $cluster"
    fi
    choose_postgres_sockets
}

database_user_reaches_data() {
    "${as_database_user[@]}" test -x "$data" 2>/dev/null
}

choose_postgres_sockets() {
    postgres_sockets=$(dirname "$cluster")/postgres-run
    local longest=$postgres_sockets/.s.PGSQL.$postgres_port
    if ((${#longest} > socket_path_limit)) || [[ $postgres_sockets == *[!A-Za-z0-9/._@+-]* ]]; then
        require_elsewhere
        postgres_sockets=$elsewhere/postgres-run
        say "The path of $data does not fit a socket: PostgreSQL's is in $postgres_sockets"
    fi
}

# The cluster is made under another name and renamed when whole, so that an interrupted first start heals itself.
require_cluster() {
    require_secret admin-database-password
    require_secret gateway-database-password
    give_to_database_user "$postgres_sockets"
    open_sockets_to_gateway
    [[ ! -d $cluster ]] || return 0
    [[ ! -e $data/cluster-made ]] || fail "the database cluster of $data is gone: it was in $(<"$data/cluster-made")"
    say "Making a private PostgreSQL cluster"
    rm -rf "$cluster.new"
    give_to_database_user "$cluster.new"
    local password_file=$postgres_sockets/first-password
    install -m 600 "$data/secrets/admin-database-password" "$password_file"
    ((EUID != 0)) || chown --reference="$postgres_sockets" "$password_file"
    run_logged "making the cluster" "$data/log/initdb.log" env -C / LC_ALL=C.UTF-8 "${as_database_user[@]}" \
        "$postgres_programs/initdb" --pgdata="$cluster.new" --username=camet_admin --pwfile="$password_file" \
        --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 --data-checksums \
        || fail_with_log "PostgreSQL's initdb failed" "$data/log/initdb.log"
    rm -f "$password_file"
    printf "include 'camet.conf'\n" >>"$cluster.new/postgresql.conf"
    mv -T "$cluster.new" "$cluster"
    printf '%s\n' "$cluster" >"$data/cluster-made"
}

give_to_database_user() {
    mkdir -p -m 700 "$1"
    if ((EUID == 0)); then
        local owner
        owner=$("${as_database_user[@]}" id -u):$("${as_database_user[@]}" id -g)
        chown "$owner" "$1"
    fi
}

# With users of their own, gateway and workers come to the sockets by their group, and nobody else does.
open_sockets_to_gateway() {
    postgres_socket_mode=0700
    [[ -n $first_user ]] || return 0
    chgrp "$first_user" "$postgres_sockets"
    chmod 710 "$postgres_sockets"
    # In a folder that only they may enter.
    postgres_socket_mode=0777
}

# Written at every start: the place of the sockets may have changed with the path of the data folder.
write_postgres_settings() {
    cat >"$cluster/camet.conf" <<SETTINGS
# Written by script/server at every start.
cluster_name = 'camet'
listen_addresses = ''
port = $postgres_port
unix_socket_directories = '$postgres_sockets'
unix_socket_permissions = $postgres_socket_mode
password_encryption = 'scram-sha-256'
max_connections = 200
shared_buffers = 256MB
effective_cache_size = 1GB
synchronous_commit = on
max_wal_size = 2GB
checkpoint_timeout = 15min
random_page_cost = 1.1
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
SETTINGS
    ((EUID != 0)) || chown --reference="$cluster" "$cluster/camet.conf"
}

# The parent-death signal is SIGINT, PostgreSQL's fast shutdown: SIGTERM would wait for clients to leave by themselves.
start_postgres() {
    local log=$data/log/postgres.log
    end_earlier_postgres
    write_postgres_settings
    [[ ! -s $log ]] || mv -f "$log" "$log.1"
    setsid -- env -C / "${as_database_user[@]}" setpriv --pdeathsig INT -- "${while_parent_lives[@]}" \
        "$postgres_programs/postgres" -D "$cluster" </dev/null >>"$log" 2>&1 9>&- &
    postgres_pid=$!
    until "$postgres_programs/pg_isready" --quiet --host="$postgres_sockets" --port="$postgres_port"; do
        is_alive "$postgres_pid" || {
            postgres_pid=""
            fail_with_log "PostgreSQL did not start" "$log"
        }
        sleep 0.1
    done
}

# The process that postmaster.pid names, if it is alive and really serves this cluster.
postmaster() {
    local pid
    pid=$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null) || return 1
    [[ $pid =~ ^[0-9]+$ && $(readlink "/proc/$pid/cwd") == "$cluster" ]] || return 1
    printf '%s\n' "$pid"
}

# After kill -9 of script/server its PostgreSQL may still be ending. A number in a stale postmaster.pid that belongs to
# another program by now would keep PostgreSQL from starting, so such a file is removed.
end_earlier_postgres() {
    local pid
    if pid=$(postmaster); then
        say "An earlier PostgreSQL of this folder still runs: ending it"
        end_postmaster "$pid"
    elif pid=$(head -n 1 "$cluster/postmaster.pid" 2>/dev/null) && [[ -d /proc/$pid ]]; then
        rm -f "$cluster/postmaster.pid" "$postgres_sockets/.s.PGSQL.$postgres_port.lock"
    fi
}

# Also ends one that somebody restarted meanwhile with pg_ctl.
stop_postgres() {
    local pid
    [[ -n ${cluster:-} ]] || return 0
    if pid=$(postmaster); then
        end_postmaster "$pid"
    elif [[ -n $postgres_pid ]]; then
        end_postmaster "$postgres_pid"
    fi
}

# Fast, then immediate (the next start recovers from the log), then by force.
end_postmaster() {
    local pid=$1
    kill -INT "$pid" 2>/dev/null || return 0
    ended_within 3 "$pid" && return 0
    kill -QUIT "$pid" 2>/dev/null || return 0
    ended_within 6 "$pid" || kill -KILL "$pid" 2>/dev/null || true
}
