# shellcheck shell=bash
# The data folder: who may use it, its lock, its secrets, and the places outside it that a long path makes necessary.

# A Unix socket's path ends at 107 bytes; some stay free for the names that the programs add.
readonly socket_path_limit=100

# Usage: open_data_folder PATH; sets data to its absolute path and holds its lock from then on.
open_data_folder() {
    [[ $1 != *$'\n'* ]] || fail "the data folder's name holds a line break"
    make_data_folder "$1"
    data=$(cd -- "$1" && pwd -P) || fail "the data folder $1 cannot be entered"
    [[ -w $data ]] || fail "the data folder $data is not writable for $(id -un)"
    refuse_foreign_folder
    exec 9>>"$data/.lock"
    flock --nonblock 9 || fail "another script/server (process $(<"$data/.lock")) already uses $data"
    printf '%s\n' "$$" >"$data/.lock"
    mkdir -p -m 700 "$data/secrets" "$data/log"
}

# For root the folder lets others pass, because PostgreSQL runs as another user; what is private in it is closed itself.
make_data_folder() {
    [[ -d $1 ]] && return 0
    local mode=700
    ((EUID != 0)) || mode=711
    mkdir -p -- "$(dirname -- "$1")" && mkdir -m "$mode" -- "$1" || fail "the data folder $1 cannot be made"
}

refuse_foreign_folder() {
    [[ -e $data/.lock || -z $(ls -A -- "$data") ]] \
        || fail "$data holds other files; name an empty or a new folder with --data"
}

# Usage: require_secret NAME; a random password, made once.
require_secret() {
    local file=$data/secrets/$1
    [[ -s $file ]] && return 0
    (umask 077 && openssl rand -hex 32 >"$file.new")
    mv -f "$file.new" "$file"
}

# Sets elsewhere: a folder outside the data folder, chosen once and remembered.
require_elsewhere() {
    local note=$data/elsewhere id
    if [[ ! -s $note ]]; then
        id=$(openssl rand -hex 6)
        if ((EUID == 0)); then
            printf '/var/lib/camet/%s\n' "$id" >"$note"
        else
            printf '%s/camet-%s\n' "$(short_private_folder)" "$id" >"$note"
        fi
    fi
    elsewhere=$(<"$note")
    ((EUID != 0)) || mkdir -p -m 711 /var/lib/camet
    if [[ ! -d $elsewhere ]]; then
        mkdir -m "$( ((EUID == 0)) && echo 711 || echo 700)" "$elsewhere" || fail "$elsewhere cannot be made"
    fi
    [[ -O $elsewhere ]] || fail "$elsewhere belongs to somebody else; remove $note to have another place chosen"
}

short_private_folder() {
    if [[ -n ${XDG_RUNTIME_DIR:-} && -w $XDG_RUNTIME_DIR && ${#XDG_RUNTIME_DIR} -lt 40 ]]; then
        printf '%s\n' "$XDG_RUNTIME_DIR"
    else
        printf '/tmp\n'
    fi
}

# Sets run_folder: sockets and notes of the running programs. With a long path data/run is a link to a short place.
require_run_folder() {
    run_folder=$data/run
    if ((${#run_folder} + 40 > socket_path_limit)) || [[ ${home:-$data} != "$data" ]]; then
        require_elsewhere
        run_folder=$elsewhere/run
        # What is there when the folder was another user's before are sockets that nobody listens on.
        [[ -L $data/run || ${home:-$data} == "$data" ]] || rm -rf "$data/run"
        [[ -d $data/run && ! -L $data/run ]] || ln -sfn "$run_folder" "$data/run"
        say "No socket fits or may be in $data: they are in $run_folder"
    fi
    mkdir -p -m 700 "$run_folder"
}
