#!/bin/sh
# The beginning of a guest, in its own namespaces: it waits for its links, builds its own view of the system, leaves all else behind, and
# becomes the guest's first process. What it may see: programs and libraries, read-only; a small /etc of its own; folders of its disk.
set -e

echo ready >&3
read -r go && [ "$go" = go ]
exec </dev/null

hostname "$GUEST_NAME"
ip link set lo up

new=$GUEST_DISK/view
base=$GUEST_ROOT
mkdir -p "$new"
mount --make-rprivate /
mount -t tmpfs -o mode=755,nosuid,nodev guest "$new"

# A failed remount leaves the files as they are owned: by nobody that the guest can be.
for name in usr bin sbin lib lib32 lib64 libx32; do
  if [ -L "$base/$name" ]; then ln -s "$(readlink "$base/$name")" "$new/$name"
  elif [ -d "$base/$name" ]; then
    mkdir "$new/$name"
    mount --rbind "$base/$name" "$new/$name"
    mount -o remount,bind,ro,nosuid,nodev "$new/$name" || true
  fi
done

if [ ! -d "$GUEST_DISK/etc" ]; then
  for name in var/log var/tmp var/lib/cloud/instance var/lib/cloud/scripts/per-boot tmp root home opt srv; do mkdir -p "$GUEST_DISK/$name"; done
  mkdir "$GUEST_DISK/etc"
  chmod 1777 "$GUEST_DISK/tmp" "$GUEST_DISK/var/tmp"
  if [ -n "$base" ]; then
    for path in "$base"/*; do
      name=${path##*/}
      case $name in usr | bin | sbin | lib | lib32 | lib64 | libx32 | dev | proc | sys | run | tmp | mnt) continue ;; esac
      [ -d "$path" ] && [ ! -L "$path" ] || continue
      mkdir -p "$GUEST_DISK/$name"
      cp -a "$path/." "$GUEST_DISK/$name/" 2>/dev/null || true
      case $name in etc | var | root | home | opt | srv) ;; *) echo "$name" >>"$GUEST_DISK/folders" ;; esac
    done
  else
    for name in alternatives ld.so.conf ld.so.conf.d ld.so.cache ssl/certs ssl/openssl.cnf ca-certificates pki services protocols mime.types localtime profile bash.bashrc os-release; do
      [ -e "/etc/$name" ] || continue
      mkdir -p "$GUEST_DISK/etc/$(dirname "$name")"
      cp -a "/etc/$name" "$GUEST_DISK/etc/$name" 2>/dev/null || true
    done
    echo 'root:x:0:0:root:/root:/bin/sh' >"$GUEST_DISK/etc/passwd"
    echo 'root:x:0:' >"$GUEST_DISK/etc/group"
    echo 'hosts: files dns' >"$GUEST_DISK/etc/nsswitch.conf"
  fi
  rm -f "$GUEST_DISK/etc/resolv.conf"
fi
echo "$GUEST_NAME" >"$GUEST_DISK/etc/hostname"
printf '127.0.0.1 localhost\n%s %s\n' "$GUEST_ADDRESS" "$GUEST_NAME" >"$GUEST_DISK/etc/hosts"
printf 'nameserver 169.254.169.253\nsearch %s\n' "${GUEST_NAME#*.}" >"$GUEST_DISK/etc/resolv.conf"
for name in etc var tmp root home opt srv mnt $(cat "$GUEST_DISK/folders" 2>/dev/null); do
  mkdir -p "$GUEST_DISK/$name" "$new/$name"
  mount --bind "$GUEST_DISK/$name" "$new/$name"
done

mkdir "$new/dev" "$new/dev/pts" "$new/dev/shm" "$new/proc" "$new/run" "$new/.old"
for name in null zero full random urandom tty; do
  : >"$new/dev/$name"
  mount --bind "/dev/$name" "$new/dev/$name"
done
ln -s /proc/self/fd "$new/dev/fd"
ln -s /proc/self/fd/0 "$new/dev/stdin"
ln -s /proc/self/fd/1 "$new/dev/stdout"
ln -s /proc/self/fd/2 "$new/dev/stderr"
ln -s pts/ptmx "$new/dev/ptmx"
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$new/dev/pts"
mount -t tmpfs -o mode=1777,nosuid,nodev shm "$new/dev/shm"
mount -t proc proc "$new/proc"

# A root file system need not have the program that gives rights up: then a copy of this system's does.
setpriv=setpriv
if [ -n "$base" ]; then
  mkdir "$new/run/tools"
  for path in $(command -v setpriv) $(ldd "$(command -v setpriv)" | grep -o '/[^ )]*'); do cp -L "$path" "$new/run/tools/"; done
  loader=$(basename "$(ldd "$(command -v setpriv)" | grep -o '/[^ )]*/ld[-a-z0-9_.]*')")
  setpriv="/run/tools/$loader --library-path /run/tools /run/tools/setpriv"
fi

cp "$GUEST_DISK/boot" "$new/run/boot"
: >"$new/run/hakoniwa-guest"
cat >"$new/run/init" <<'INIT'
# The first process: it runs what a boot runs, takes in orphans, and ends all when it is asked to.
end() {
  trap '' TERM
  echo 'Stopping'
  kill -TERM -1 2>/dev/null
  tries=0
  while [ "$(ls -d /proc/[0-9]* | wc -l)" -gt 4 ] && [ $tries -lt 40 ]; do sleep 0.1; tries=$((tries + 1)); done
  kill -KILL -1 2>/dev/null
  exit 0
}
trap end TERM
# From here on this is the guest, and the fabric may run programs in it.
echo inside >&3
exec 3>&-
echo "$(hostname): booting"
/bin/sh /run/boot &
while :; do wait $!; sleep 3600 & done
INIT

cd "$new"
pivot_root . .old
cd /
umount -l /.old
rmdir /.old
exec </dev/null
export HOME=/root
processes=$GUEST_PROCESSES
unset GUEST_DISK GUEST_ROOT GUEST_ADDRESS GUEST_NAME GUEST_PROCESSES
# Whoever could make a namespace of his own would have in it all the rights that are given up here.
echo 0 >/proc/sys/user/max_user_namespaces 2>/dev/null || true
if (ulimit -u "$processes") 2>/dev/null; then ulimit -u "$processes"; else ulimit -p "$processes" 2>/dev/null || true; fi
ulimit -c 0
# shellcheck disable=SC2086 # more than one word, where the program is a copy
exec $setpriv --no-new-privs --inh-caps=-all --bounding-set=-sys_admin,-sys_module,-sys_rawio,-sys_boot,-sys_time,-sys_resource,-sys_ptrace,-mknod,-mac_admin,-mac_override,-audit_control,-syslog \
  /bin/sh /run/init
