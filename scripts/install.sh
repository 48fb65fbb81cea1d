#!/bin/sh
# Installs a built anchord: `make install` calls it with the binary, PREFIX and DESTDIR.
# An existing settings file is left alone; the new one is put beside it.
set -eu

anchord=$1
prefix=${PREFIX:-/usr}
root=${DESTDIR:-}
share=$root$prefix/share
here=$(cd "$(dirname "$0")/.." && pwd)

install -D -m 755 "$anchord" "$root$prefix/bin/anchord"
# Debug information is two thirds of it.
strip --strip-unneeded "$root$prefix/bin/anchord" 2>/dev/null || true

unit=$root$prefix/lib/systemd/system/anchord.service
install -D -m 644 "$here/systemd/anchord.service" "$unit"
sed -i "s|/usr/bin/anchord|$prefix/bin/anchord|" "$unit"
install -D -m 644 "$here/sysusers.d/anchord.conf" "$root$prefix/lib/sysusers.d/anchord.conf"

settings=$root/etc/anchord/anchord.toml
install -d -m 755 "$root/etc/anchord/conf.d"
install -d -m 700 "$root/etc/anchord/credentials"
if [ ! -e "$settings" ]; then
    install -m 644 "$here/config/anchord.toml" "$settings"
elif ! cmp -s "$here/config/anchord.toml" "$settings"; then
    install -m 644 "$here/config/anchord.toml" "$settings.new"
    echo "Kept $settings; the new one is $settings.new."
fi

complete() {
    install -d -m 755 "$(dirname "$2")"
    "$anchord" --generate-completion-script "$1" >"$2"
    chmod 644 "$2"
}
complete bash "$share/bash-completion/completions/anchord"
complete zsh "$share/zsh/vendor-completions/_anchord"
complete fish "$share/fish/vendor_completions.d/anchord.fish"

install -D -m 644 "$here/man/anchord.8" "$share/man/man8/anchord.8"
for file in README.md CHANGELOG.md LICENSE; do
    install -D -m 644 "$here/$file" "$share/doc/anchord/$file"
done
for folder in docs dashboards; do
    (cd "$here" && find "$folder" -type f) | while read -r file; do
        install -D -m 644 "$here/$file" "$share/doc/anchord/$file"
    done
done

if [ -z "$root" ]; then
    echo "Installed. Next: $prefix/bin/anchord check; systemctl daemon-reload;" \
        "systemctl enable --now anchord"
fi
