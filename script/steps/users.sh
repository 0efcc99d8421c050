# shellcheck shell=bash
# Who the gateway and its workers are when root starts them: users of their own, numbers without a name, which
# camet-launcher gives them (docs/isolation.md). Who is not root starts everything as himself.
#
# Sets first_user and last_user (empty when not root), home (the folder that the gateway takes for the data folder), and
# programs and gateway_assets (where it and what it starts and serves are).

# Neither Debian nor systemd gives numbers out from here to the last that fits 31 bits. Each data folder gets a share of
# them: the first is the gateway and the group of all, and the worker of tenant n is the first and n.
readonly users_begin=1879048192 users_share=1048576

choose_users() {
    # shellcheck disable=SC2154  # set by the steps before
    first_user="" last_user="" home=$data
    ((EUID == 0)) || return 0
    local file=$data/users
    if [[ -n ${CAMET_FIRST_USER:-} ]]; then
        [[ $CAMET_FIRST_USER =~ ^[1-9][0-9]{0,9}$ ]] && ((CAMET_FIRST_USER + users_share <= 2147483648)) \
            || fail "CAMET_FIRST_USER must be a number of a user from 1 to $((2147483648 - users_share))"
        printf '%s\n' "$CAMET_FIRST_USER" >"$file"
    elif [[ ! -s $file ]]; then
        printf '%s\n' "$((users_begin + users_share * (SRANDOM % 256)))" >"$file"
    fi
    first_user=$(<"$file")
    last_user=$((first_user + users_share - 1))
    as_gateway=(setpriv "--reuid=$first_user" "--regid=$first_user" --clear-groups --)
    "${as_gateway[@]}" true 2>/dev/null \
        || fail "this machine has no user $first_user (a container with a map of its own?); set CAMET_FIRST_USER to the" \
            "first of $users_share that it has, or start script/server as a user other than root"
    # What the gateway needs is elsewhere where its user cannot reach it, such as below the home folder of root.
    if ! gateway_may -x "$data"; then
        require_elsewhere
        home=$elsewhere/gateway
        mkdir -p -m 711 "$home"
        say "The gateway's user cannot reach $data: what it reads and writes is in $home"
    fi
}

# Usage: gateway_may TEST PATH, as in gateway_may -x FOLDER
gateway_may() {
    "${as_gateway[@]}" test "$1" "$2" 2>/dev/null
}

place_programs() {
    # shellcheck disable=SC2154  # set by the steps before
    programs=$products gateway_assets=$assets
    [[ -n $first_user ]] || return 0
    if ! programs_are_reachable; then
        require_elsewhere
        programs=$elsewhere/programs
        say "The gateway's user cannot reach $products: the programs are copied to $programs"
        copy_programs
    fi
    if ! gateway_may -r "$assets"; then
        require_elsewhere
        gateway_assets=$elsewhere/assets
        rm -rf "$gateway_assets"
        cp -rL "$assets" "$gateway_assets"
        chmod -R go+rX "$gateway_assets"
    fi
}

# Libraries of the Swift toolchain are found beside a program as well as where they were at the build.
toolchain_libraries() {
    ldd "$products/camet-gateway" "$products/camet-worker" 2>/dev/null \
        | awk '$2 == "=>" && $3 ~ /^\// && $3 !~ /^\/(usr\/)?lib/ { print $3 }' | sort -u
}

programs_are_reachable() {
    local file
    for file in "$products"/camet-{gateway,worker}; do
        gateway_may -x "$file" || return 1
    done
    for file in $(toolchain_libraries); do
        gateway_may -r "$file" || return 1
    done
}

# File by file, each at once: a gateway that runs may start a worker at any moment.
copy_programs() {
    local file new=$programs.new
    rm -rf "$new"
    mkdir -p -m 755 "$programs" "$new"
    cp -L "$products"/camet-{gateway,worker} "$new/"
    for file in "$products"/*.resources; do
        [[ ! -d $file ]] || cp -rL "$file" "$new/"
    done
    for file in $(toolchain_libraries); do
        cp -L "$file" "$new/"
    done
    chmod -R go+rX "$new"
    for file in "$new"/*; do
        [[ ! -d $file ]] || rm -rf "${programs:?}/${file##*/}"
        mv -fT "$file" "$programs/${file##*/}"
    done
    rmdir "$new"
}

# Usage: keep_for_gateway NAME MODE OWNER; a folder of the data folder, with a link to it when it has to be elsewhere.
keep_for_gateway() {
    local there=$home/$1
    if [[ $home != "$data" && ! -L $data/$1 ]]; then
        [[ ! -e $data/$1 ]] || mv -T "$data/$1" "$there"
        mkdir -p "$there"
        ln -sT "$there" "$data/$1"
    fi
    mkdir -p "$there"
    chown "$3:$first_user" "$there"
    chmod "$2" "$there"
}

# What the gateway reads belongs to its user or group; what it must not change, to root. Owners are set anew at every
# start: the operations CLI, run as root, adds files. The run folder is the gateway's own.
hand_over_to_gateway() {
    local file
    [[ -n $first_user ]] || return 0
    keep_for_gateway secrets 710 root
    keep_for_gateway log 710 root
    keep_for_gateway audit 700 "$first_user"
    [[ ! -d $data/tls ]] || keep_for_gateway tls 710 root
    # shellcheck disable=SC2154  # set by require_run_folder
    chown -hR "$first_user:$first_user" "$run_folder"
    [[ $home == "$data" ]] || cp -f "$data/camet.conf" "$home/camet.conf"
    chown "root:$first_user" "$home/camet.conf"
    chmod 640 "$home/camet.conf"
    (umask 077 && : >>"$data/log/access.log")
    for file in secrets/{jwt-signing.pem,encryption.key,gateway-database-password} tls/{server,server-key}.pem \
        log/access.log; do
        [[ ! -f $data/$file ]] || chown "$first_user:$first_user" "$data/$file"
    done
    chown -hR "$first_user:$first_user" "$home/audit"
}

# Sets gateway_command.
choose_gateway_command() {
    gateway_command=("$programs/camet-gateway")
    [[ -n $first_user ]] || return 0
    local low_ports=() spool
    ((10#$1 == 0 || 10#$1 > 1023)) || low_ports=(--low-ports)
    spool=$(setting CAMET_SPOOL)
    # The launcher is root's and reads nothing: it runs from where it was built.
    gateway_command=("$products/camet-launcher" --first-user "$first_user" --last-user "$last_user"
        --worker "$programs/camet-worker" --spool "${spool:-/var/tmp}" "${low_ports[@]}" -- "${gateway_command[@]}")
}
