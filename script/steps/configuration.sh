# shellcheck shell=bash
# <data>/camet.conf: what the gateway and the CLI read. Passwords are not in it but in <data>/secrets.

# Writes our keys and keeps every other line that somebody added.
write_configuration() {
    local port=$1 server file=$data/camet.conf
    # shellcheck disable=SC2154  # set by the steps before
    server="host=$postgres_sockets port=$postgres_port"
    local ours=(
        "CAMET_DATA=$data"
        "CAMET_RUN=$run_folder"
        "CAMET_ADMIN_DATABASE=$server user=camet_admin dbname=postgres"
        "CAMET_GLOBAL_DATABASE=$server user=camet_gateway dbname=camet_global"
        "CAMET_TENANT_DATABASE=$server"
        "CAMET_ASSETS=$gateway_assets"
        "CAMET_MIGRATIONS=$repository/Migrations"
        "CAMET_WORKER_EXECUTABLE=$programs/camet-worker"
        "CAMET_BIND=127.0.0.1"
        "CAMET_PORT=$port"
    )
    (
        umask 077
        printf '%s\n' "${ours[@]}" >"$file.new"
        if [[ -f $file ]]; then
            grep --invert-match --file=<(printf '^%s=\n' "${ours[@]%%=*}") -- "$file" >>"$file.new" || true
        fi
    )
    mv -f "$file.new" "$file"
    # The environment goes before the file, and here the options of the command decide.
    unset "${ours[@]%%=*}"
    export CAMET_DATA=$data CAMET_MIGRATIONS=$repository/Migrations
}
