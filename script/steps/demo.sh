#!/usr/bin/env bash
# Makes the demo data: two tenants with people, keys, plants and days of detections. May be run again after an
# interruption: what is there stays, and every step asks first or is refused for what exists.
# usage: demo.sh DATA BASE_URL DAYS
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
# shellcheck source=/dev/null
source "$repository/script/steps/report.sh"

(($# == 3)) || fail "usage: demo.sh DATA BASE_URL DAYS"
data=$1 base_url=$2 days=$3
export CAMET_DATA=$data
umask 077
# The authority that `camet certificate create` made, for demo_plants.py.
if [[ $base_url == https://* && -s $data/tls/authority.pem ]]; then
    export SSL_CERT_FILE=$data/tls/authority.pem
fi
sign_ins=()

camet() {
    "$repository/script/camet" "$@"
}

# Usage: require_tenant SLUG NAME TIMEZONE
require_tenant() {
    local state
    state=$(camet tenant list | awk -v slug="$1" '$1 == slug' | grep -c -w active || true)
    ((state > 0)) || camet tenant create --slug "$1" --name "$2" --timezone "$3" --locale es >&2
}

# Usage: require_user TENANT USERNAME ROLE. The password is kept before the user is made, so that it is never unknown.
require_user() {
    local tenant=$1 username=$2 role=$3 file=$data/secrets/demo-password-$2 output
    if [[ ! -s $file ]]; then
        openssl rand -base64 12 | tr '+/' 'xy' >"$file.new"
        mv -f "$file.new" "$file"
    fi
    if ! output=$(camet user create --tenant "$tenant" --username "$username" --email "$username@$tenant.example" \
        --role "$role" --password-stdin <"$file" 2>&1) && [[ $output != *"there is a user"* ]]; then
        fail "$output"
    fi
    note_sign_in "$tenant" "$username" "$role"
}

note_sign_in() {
    sign_ins+=("$(printf '%-10s %-12s %-12s %s' "$1" "$3" "$2" "$(<"$data/secrets/demo-password-$2")")")
}

# A key serves the making of the plants (write) and the simulation (ingest, read).
require_key() {
    local file=$data/secrets/simulate-$1.key
    [[ ! -s $file ]] || return 0
    camet key create --tenant "$1" --name "Simulación" --scopes read,ingest,write >"$file.new"
    mv -f "$file.new" "$file"
}

write_sign_ins() {
    {
        printf '%-10s %-12s %-12s %s\n' TENANT ROLE USER PASSWORD
        printf '%s\n' "${sign_ins[@]}"
    } >"$data/demo-sign-ins.txt.new"
    mv -f "$data/demo-sign-ins.txt.new" "$data/demo-sign-ins.txt"
}

require_tenant andina "Alimentos Andina" America/Argentina/Buenos_Aires
require_tenant iberia "Conservas Ibéricas" Europe/Madrid
require_user andina super SUPER_ADMIN
require_user andina admin ADMIN
require_user andina manager MANAGER
require_user andina operator OPERATOR
require_user andina viewer VIEWER
require_user andina dual MANAGER
camet user grant --username dual --tenant iberia --role ADMIN >&2
note_sign_in iberia dual ADMIN
write_sign_ins

for tenant in andina iberia; do
    require_key "$tenant"
    python3 "$repository/script/steps/demo_plants.py" "$base_url" "$data/secrets/simulate-$tenant.key" "$tenant" >&2
    camet simulate --tenant "$tenant" --days "$days" --url "$base_url" >&2
    python3 "$repository/script/steps/demo_stops.py" "$base_url" "$data/secrets/simulate-$tenant.key" "$days" >&2
done
printf 'andina\niberia\n' >"$data/demo-tenants.new"
mv -f "$data/demo-tenants.new" "$data/demo-tenants"
