#!/bin/busybox sh
# The guest's first program: loads the modules and makes the host's files its own, in memory only.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev
. /settings
for module in /modules/*; do
    $b insmod "$module" || echo "cannot load $module"
done
$b mount -t 9p -o trans=virtio,version=9p2000.L,ro,msize=1048576,cache=loose root /host
$b mount -t tmpfs upper /upper
$b mkdir /upper/files /upper/work
$b mount -t overlay -o lowerdir=/host,upperdir=/upper/files,workdir=/upper/work overlay /new
for folder in proc sys dev; do
    $b mount --move /$folder /new/$folder
done
$b mkdir -p /new/dev/pts /new/dev/shm /new/run
$b mount -t devpts devpts /new/dev/pts
$b mount -t tmpfs shm /new/dev/shm
$b mount -t tmpfs run /new/run
$b cp /settings /new/run/settings
exec $b switch_root /new /bin/sh "$ROOT/tests/kernel/guest.sh"
