# Runs as the guest's process 1: the tests against the real kernel, then power off.
. /run/settings
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8
export PYTHONDONTWRITEBYTECODE=1 POS_GUARD_GUEST=1
export ESCPOS_CAPABILITIES_PICKLE_DIR="$PICKLES"
export POS_GUARD_NODE_MODULES="$MODULES" POS_GUARD_REQUIRE_CLIENTS="$REQUIRE_CLIENTS"
export PYTEST_DISABLE_PLUGIN_AUTOLOAD=1  # each import is slow on an emulated processor
mkdir -p /run/out /tmp  # what is written there stays in memory, as everything does
mount -t 9p -o trans=virtio,version=9p2000.L out /run/out
ip link set lo up 2>/dev/null || busybox ip link set lo up
mkdir -p /run/udev/rules.d
cp "$ROOT"/examples/*.rules /run/udev/rules.d/
/lib/systemd/systemd-udevd --daemon
echo "guest: kernel $(uname -r), up after $(cut -d' ' -f1 /proc/uptime) s"
cd "$ROOT" || exit 1
eval "set -- $ARGUMENTS"
"$PYTHON" -m pytest -q -p no:cacheprovider -p pytest_timeout --timeout=60 --confcutdir=tests/kernel tests/kernel/guest "$@" </dev/null
echo $? >/run/out/code
echo "guest: done after $(cut -d' ' -f1 /proc/uptime) s"
echo o >/proc/sysrq-trigger
read -r _ </dev/console
