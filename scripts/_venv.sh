# Sourced by the scripts beside it, from the root of the repository: makes .venv, and brings it up
# to date when pyproject.toml or constraints.txt are not those it was made from.

find_python() {
    for python in ${PYTHON:+"$PYTHON"} python3 python3.14 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "No Python 3.11 or newer found. Install one, or name it: PYTHON=/path/to/python3 $0" >&2
    return 1
}

may_install_on_this_machine() {
    [ "${CI:-}" = true ] && [ "$(id -u)" = 0 ]
}

apt_install() {
    apt-get update -qq
    # Runlevel 1 keeps the packages from starting their services.
    RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "$@"
}

make_venv() {
    python=$(find_python)
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        if ! may_install_on_this_machine; then
            echo "$python cannot make virtual environments. On Debian: apt-get install python3-venv" >&2
            return 1
        fi
        apt_install python3-venv >&2
    fi
    "$python" -m venv --clear .venv
}

# install_package "" installs what the daemon needs, install_package "[dev]" also what tests need.
install_package() {
    state="$PWD $(cat pyproject.toml constraints.txt | cksum)"
    made=$(cat .venv/made-from 2>/dev/null || :)
    if [ "$made" = "$1 $state" ] || [ "$made" = "[dev] $state" ]; then
        return
    fi
    echo "Installing trio-ingest$1 into .venv ..." >&2
    .venv/bin/pip --version >/dev/null 2>&1 || make_venv
    .venv/bin/pip install -q --disable-pip-version-check -c constraints.txt -e ".$1"
    echo "$1 $state" >.venv/made-from
}
