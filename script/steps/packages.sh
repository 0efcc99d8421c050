# shellcheck shell=bash
# The Debian packages and the Swift toolchain that the commands need.

readonly server_packages=(
    libpq-dev libssl-dev libargon2-dev libqrencode-dev zlib1g-dev pkg-config
    postgresql-15
    ca-certificates tzdata openssl python3-venv unzip fonts-inter woff2
)
readonly test_packages=(chromium chromium-driver zbar-tools faketime nginx-light apache2-bin systemd dbus polkitd)
readonly bench_packages=(wrk nginx-light procps chromium chromium-driver)

require_swift() {
    local version
    command -v swift >/dev/null || fail "Swift 6.3 or newer is needed, and there is no swift on the PATH"
    version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
    if [[ -z $version ]] || ! printf '6.3\n%s\n' "$version" | sort --check=quiet --version-sort; then
        fail "Swift 6.3 or newer is needed; swift --version says ${version:-nothing that names a version}"
    fi
}

# Installs those of the named packages that are missing; asks for nothing when none is.
require_packages() {
    local missing
    command -v apt-get >/dev/null && command -v dpkg-query >/dev/null \
        || fail "this needs Debian 12: there is no apt-get here to check or install packages with"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} > 0)) || return 0
    say "Installing Debian packages: ${missing[*]}"
    become_root=()
    if ((EUID != 0)); then
        may_use_sudo || fail "Debian packages are missing and you are neither root nor may you use sudo." \
            "Have them installed once with: apt-get install ${missing[*]}"
        become_root=(sudo)
    fi
    install_packages "${missing[@]}"
    mapfile -t missing < <(missing_packages "$@")
    ((${#missing[@]} == 0)) || fail "these Debian packages are still missing after apt-get install: ${missing[*]}"
}

missing_packages() {
    local package
    for package in "$@"; do
        [[ $(dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>/dev/null || true) == installed ]] \
            || printf '%s\n' "$package"
    done
}

# Asks for a password only where there is a terminal to answer on.
may_use_sudo() {
    command -v sudo >/dev/null || return 1
    sudo --non-interactive true 2>/dev/null && return 0
    [[ -t 0 ]] && sudo --validate
}

# Runs in the foreground: a package installation is never cut in the middle by a signal to this command alone.
install_packages() {
    apt_get update || fail "apt-get update failed; is there a network?"
    if [[ " $* " == *" postgresql-15 "* ]]; then
        keep_debian_from_creating_a_cluster
    fi
    apt_get install --no-install-recommends "$@" || fail "apt-get install failed for: $*"
}

# Without this, installing PostgreSQL starts a server on a TCP port that nobody asked for. The folder is named in
# Debian's createcluster.conf, but no package brings it.
keep_debian_from_creating_a_cluster() {
    local folder=/etc/postgresql-common/createcluster.d
    apt_get install --no-install-recommends postgresql-common || fail "apt-get install failed for: postgresql-common"
    "${become_root[@]}" mkdir -p "$folder" || fail "$folder cannot be made"
    printf 'create_main_cluster = false\n' | "${become_root[@]}" tee "$folder/camet.conf" >/dev/null \
        || fail "$folder/camet.conf cannot be written"
}

apt_get() {
    "${become_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get --yes --quiet=2 -o DPkg::Lock::Timeout=600 -o Acquire::Retries=3 "$@" </dev/null >&2
}
