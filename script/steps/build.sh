# shellcheck shell=bash
# The one way to build. Other flags would be another configuration, and SwiftPM would build everything again: the
# server, the tests and the benches therefore share this one, optimised and testable. Only how the programs are linked
# differs: with Swift's runtime in themselves, which tests cannot have (Package.swift).

# shellcheck disable=SC2154  # repository is set by the command that reads this file
readonly build_flags=(--package-path "$repository" -c release -Xswiftc -enable-testing)
readonly build_folder=$repository/.build
readonly products=$build_folder/release

# The programs. Asks SwiftPM only when a source is newer than the last good build: that alone takes seconds.
build_products() {
    try_to_build || fail_with_log "the build failed" "$build_folder/camet-build.log"
}

try_to_build() {
    local log=$build_folder/camet-build.log
    is_built && return 0
    mkdir -p "$build_folder"
    say "Building (the first time takes about ten minutes, later seconds)"
    # Its time is that of the start: a source that changes during the build is built again the next time.
    toolchain >"$build_folder/camet-built.new"
    run_logged "building" "$log" env CAMET_STATIC_RUNTIME=yes swift build "${build_flags[@]}" || return 1
    mv -f "$build_folder/camet-built.new" "$build_folder/camet-built"
}

build_tests() {
    local log=$build_folder/camet-build-tests.log
    mkdir -p "$build_folder"
    say "Building programs and tests (the first time takes about fifteen minutes)"
    toolchain >"$build_folder/camet-built.new"
    run_logged "building" "$log" swift build --build-tests "${build_flags[@]}" \
        || fail_with_log "the build of the tests failed" "$log"
    run_logged "linking the programs" "$log" env CAMET_STATIC_RUNTIME=yes swift build "${build_flags[@]}" \
        || fail_with_log "the programs could not be linked" "$log"
    mv -f "$build_folder/camet-built.new" "$build_folder/camet-built"
}

is_built() {
    local stamp=$build_folder/camet-built product
    for product in camet-gateway camet-worker camet-launcher camet; do
        [[ -x $products/$product ]] || return 1
    done
    [[ -f $stamp && $(<"$stamp") == "$(toolchain)" ]] || return 1
    # Folders count too: their time changes when a file in them is removed.
    [[ -z $(find "$repository/Sources" "$repository/Package.swift" -newer "$stamp" -print -quit) ]]
}

toolchain() {
    readlink -f "$(command -v swift)"
    printf '%s\n' "${build_flags[*]}"
}
