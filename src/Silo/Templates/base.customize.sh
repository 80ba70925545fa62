#!/bin/sh
# Finishes a root file system once its packages are installed. mmdebstrap calls it as root with the new root directory as its argument;
# the builder sets SANDBOX_USER, SANDBOX_UID, SANDBOX_HOME, SANDBOX_SHELL and SOURCE_DATE_EPOCH.
set -eu
root=$1

# The user that programs run as, with a locked password. The time stamps of /etc/shadow follow SOURCE_DATE_EPOCH.
chroot "$root" useradd --uid "$SANDBOX_UID" --user-group --create-home --home-dir "$SANDBOX_HOME" --shell "$SANDBOX_SHELL" "$SANDBOX_USER"
chmod 755 "$root$SANDBOX_HOME"
rm -f "$root/etc/passwd-" "$root/etc/group-" "$root/etc/shadow-" "$root/etc/gshadow-" "$root/etc/subuid-" "$root/etc/subgid-"

# Nothing of the machine that built this may stay: its names, its package sources, its apt settings, its identity.
rm -rf "$root/etc/apt/sources.list" "$root/etc/apt/sources.list.d" "$root/etc/apt/auth.conf.d"
mkdir "$root/etc/apt/sources.list.d" "$root/etc/apt/auth.conf.d"
rm -f "$root/etc/apt/apt.conf.d/99mmdebstrap" "$root/etc/dpkg/dpkg.cfg.d/99mmdebstrap" "$root/etc/resolv.conf" "$root/etc/machine-id"
rm -f "$root/var/lib/dbus/machine-id" "$root/var/lib/systemd/random-seed"
echo sandbox > "$root/etc/hostname"
printf '127.0.0.1\tlocalhost sandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n' > "$root/etc/hosts"
printf 'LANG=C.UTF-8\n' > "$root/etc/default/locale"
chmod 644 "$root/etc/hostname" "$root/etc/hosts" "$root/etc/default/locale"

# A sandbox is a virtual environment already: where there is a pip, it installs beside Debian's packages without being told that it may.
printf '[global]\nbreak-system-packages = true\n' > "$root/etc/pip.conf"
chmod 644 "$root/etc/pip.conf"

# vim-tiny brings only "vi"; people type "vim".
ln -s vim.tiny "$root/usr/bin/vim"

# Caches, logs, and what apt knows of the machine's mirror; mmdebstrap is told to leave that to this script.
find "$root/var/cache" "$root/var/lib/apt/lists" "$root/var/log" "$root/tmp" "$root/run" "$root/root/.cache" -type f -delete 2>/dev/null || true
find "$root/var/lib/dpkg" "$root/var/cache/debconf" -name '*-old' -delete

# The libraries' own test suites, 50 MB. (Excluding them from unpacking fails: the packages' scripts compile them.)
find "$root/usr/lib/python3/dist-packages/numpy" "$root/usr/lib/python3/dist-packages/pandas" -name tests -type d -prune -exec rm -rf {} +

# Python starts quickest without hooks at its start, and with byte code beside every module. Debian's sitecustomize looks for a crash
# reporter that is not installed. Byte code is checked by the time of its source, so sources get their final time before it is made;
# SOURCE_DATE_EPOCH would make it checked by a hash, which reads every source at every import.
rm -f "$root"/usr/lib/python3*/sitecustomize.py "$root"/etc/python3*/sitecustomize.py
find "$root/usr/lib" -name __pycache__ -type d -prune -exec rm -rf {} +
find "$root/usr/lib" -name '*.py' -newermt "@$SOURCE_DATE_EPOCH" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
for library in "$root"/usr/lib/python3 "$root"/usr/lib/python3.*; do
    env -u SOURCE_DATE_EPOCH chroot "$root" /usr/bin/python3 -m compileall -q -j 0 --invalidation-mode timestamp "${library#"$root"}"
done
