# SPDX-License-Identifier: GPL-3.0-or-later
# Sourced: downloads packages of another Debian suite and unpacks them, without installing anything;
# the system's own apt is asked with lists of its own.

# fetch FOLDER SUITE PACKAGE...: unpacks them to FOLDER/SUITE/unpacked. A package that the suite does
# not have is left out.
fetch() (
    mkdir -p "$1/$2/lists/partial" "$1/$2/archives/partial" "$1/$2/unpacked"
    cd "$1/$2"
    suite=$2
    shift 2
    keyring=/usr/share/keyrings/debian-archive-keyring.gpg
    echo "deb [signed-by=$keyring] http://deb.debian.org/debian $suite main" > sources.list
    cat > apt.conf <<END
Dir::Etc::SourceList "$PWD/sources.list";
Dir::Etc::SourceParts "-";
Dir::State::Lists "$PWD/lists";
Dir::Cache::Archives "$PWD/archives";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT::Sandbox::User "root";
END
    APT_CONFIG=$PWD/apt.conf apt-get -q update
    for package in "$@"; do
        APT_CONFIG=$PWD/apt.conf apt-get -q download "$package/$suite" || continue
        dpkg -x "$package"_*.deb unpacked
        rm "$package"_*.deb
    done
)
