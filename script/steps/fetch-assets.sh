#!/usr/bin/env bash
# Usage: fetch-assets.sh WORK; leaves the finished folder WORK/assets. Called by require_assets alone.
set -euo pipefail

repository=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
source "$repository/script/steps/report.sh"
source "$repository/script/steps/assets.sh"
readonly work=$1

download_wheels() {
    local requirements=$repository/script/steps/assets-requirements.txt
    /usr/bin/python3 -m venv "$work/venv"
    "$work/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --require-hashes --only-binary :all: \
        --dest "$work/wheels" --requirement "$requirements"
    "$work/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps "$work"/wheels/fonttools-*.whl
}

# Usage: take_member WHEEL MEMBER NAME
take_member() {
    unzip -p "$work"/wheels/"$1"-*.whl "$2" >"$work/assets/$3"
}

take_scripts() {
    local htmx=django_htmx/static/django_htmx echarts=nicegui/elements/echart/dist
    take_member django_htmx "$htmx/htmx-2.min.js" htmx.js
    take_member django_htmx "$htmx/ext/hx-sse-2.min.js" htmx-sse.js
    take_member nicegui "$echarts/index.js" echarts/index.js
    take_member nicegui "$echarts/index-DlVyZyb_.js" echarts/index-DlVyZyb_.js
    (cd "$work/assets" && sha256sum --check --quiet "$repository/script/steps/assets.sha256")
}

# Usage: make_font WEIGHT NAME
make_font() {
    "$work/venv/bin/pyftsubset" "$font_sources/Inter-$1.otf" --unicodes="$font_characters" \
        --layout-features="$font_features" --desubroutinize --output-file="$work/$2.otf"
    woff2_compress "$work/$2.otf"
    mv "$work/$2.woff2" "$work/assets/$2.woff2"
}

make_fonts() {
    make_font Regular inter
    make_font SemiBold inter-semibold
    local bytes
    bytes=$(cat "$work"/assets/*.woff2 | wc -c)
    ((bytes <= font_byte_limit)) || fail "the subset fonts take $bytes bytes and may take $font_byte_limit"
}

write_licences() {
    {
        cat "$repository/script/steps/assets-licences.txt"
        printf '\nApache License 2.0\n------------------\n\n'
        cat /usr/share/common-licenses/Apache-2.0
        printf '\nInter: copyright and SIL Open Font License 1.1\n----------------------------------------------\n\n'
        cat /usr/share/doc/fonts-inter/copyright
    } >"$work/assets/licences.txt"
}

mkdir -p "$work/wheels" "$work/assets/echarts"
download_wheels
take_scripts
make_fonts
write_licences
(cd "$work/assets" && sha256sum ./*.woff2 licences.txt >made.sha256)
