# shellcheck shell=bash
# Front-end files of others: out of pinned wheels, each file checked again by its own hash, into the ignored .assets.

# shellcheck disable=SC2154  # repository is set by the command that reads this file
readonly assets=$repository/.assets
readonly font_sources=/usr/share/fonts/opentype/inter
readonly font_byte_limit=$((60 * 1024))

# Latin with the accents of European languages, typographic punctuation, arrows and the mathematics of a dashboard.
readonly font_characters=U+0020-007E,U+00A0-017F,U+0192,U+02C6,U+02DA,U+02DC,U+0394,U+03A3,U+03BC,U+2009-200B,\
U+2010-2015,U+2018-201E,U+2020-2022,U+2026,U+202F,U+2030,U+2032,U+2033,U+2039,U+203A,U+20AC,U+2122,U+2190-2193,\
U+2206,U+2212,U+221E,U+2248,U+2260,U+2264,U+2265
readonly font_features=kern,liga,calt,ccmp,locl,mark,mkmk,tnum,case,zero

require_assets() {
    assets_are_whole && return 0
    say "Fetching front-end files"
    mkdir -p "$repository/.tools"
    local work log=$repository/.tools/assets.log
    work=$(mktemp -d "$repository/.tools/assets.XXXXXX")
    run_logged "fetching front-end files" "$log" bash "$repository/script/steps/fetch-assets.sh" "$work" || {
        rm -rf "$work"
        fail_with_log "the front-end files could not be fetched" "$log"
    }
    rm -rf "$assets"
    mv "$work/assets" "$assets"
    rm -rf "$work"
    assets_are_whole || fail "the front-end files in $assets do not have the expected hashes"
}

# The pinned hashes, and those noted when the fonts were made.
assets_are_whole() {
    [[ -f $assets/made.sha256 ]] || return 1
    (cd "$assets" && sha256sum --check --quiet --status "$repository/script/steps/assets.sha256" made.sha256)
}
