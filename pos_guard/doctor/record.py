"""Whether the guard could decide: policy, store, clock, shared ledger, people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pos_guard.clock import Clock
from pos_guard.config import GuardConfig
from pos_guard.doctor.finding import Finding, ok, problem, warning
from pos_guard.errors import PosGuardError, SettingsError
from pos_guard.ledger.opening import open_ledger
from pos_guard.ledger.port import LedgerError, UnreachableError
from pos_guard.model import Words
from pos_guard.policy.load import load_policy
from pos_guard.policy.policy import Policy
from pos_guard.policy.signing import SigningError
from pos_guard.shared_settings import LedgerTable
from pos_guard.snapshot import Snapshots
from pos_guard.store.files import DATABASE
from pos_guard.store.store import Store

_NO_SALE = "doctor"
"""No sale has this id: asking for it moves and locks nothing."""


def check_policy(config: GuardConfig) -> tuple[Policy | None, list[Finding]]:
    """The policy, if it loads and its signature fits."""
    subject = str(config.policy)
    try:
        policy = load_policy(config.policy, key=config.policy_key)
    except (SettingsError, SigningError) as error:
        wrong = problem(
            "policy", subject,
            Words(f"规则文件不能用：{error}", f"The policy cannot be used: {error}"),
            Words("运行 pos-guard policy check 并改正。", "Correct it: pos-guard policy check."),
        )  # fmt: skip
        return None, [wrong]
    if config.policy_key is None:
        unsigned = warning(
            "policy", subject,
            Words("规则可用，但没有签名：能改文件的人就能改规则。",
                  "It loads; it is not signed: whoever may write the file changes the rules."),
            Words("签名并设置 policy_key（docs/policy.md）。",
                  "Sign it, and set policy_key (docs/policy.md)."),
        )  # fmt: skip
        return policy, [unsigned]
    return policy, [ok("policy", subject, "规则可用，签名正确。", "It loads, and is signed.")]


def check_store(directory: Path, policy: Policy | None, clock: Clock) -> Iterator[Finding]:
    """The store opens, somebody may sign in, and the clock is one that it trusts."""
    if not (directory / DATABASE).is_file():
        return  # check_files says so
    try:
        with Store.open(directory, clock=clock, readonly=True) as store:
            yield ok(
                "store", str(directory), "可以打开。", f"It opens; terminal {store.terminal_id}."
            )
            if policy is not None:
                yield _clock(Snapshots(store, policy, clock).clock_trusted())
    except (PosGuardError, OSError) as error:
        yield problem(
            "store", str(directory),
            Words(f"数据打不开：{error}", f"It cannot be opened: {error}"),
            Words("运行 pos-guard audit verify；必要时用 pos-guard restore 恢复。",
                  "Run pos-guard audit verify; if it is damaged, pos-guard restore."),
        )  # fmt: skip


def _clock(trusted: bool) -> Finding:
    if trusted:
        return ok("clock", "clock", "时钟可信。", "It is trusted.")
    return problem(
        "clock", "clock",
        Words("时钟不可信：比已有记录还早，退款会被拒绝。",
              "It is behind what is already recorded: nothing that pays out is allowed."),
        Words("校准系统时间并启用网络对时。", "Set the clock, and have it set by NTP."),
    )  # fmt: skip


def check_ledger(table: LedgerTable | None) -> Iterator[Finding]:
    """The shared ledger answers, where there is one."""
    if table is None:
        return
    subject = f"merchant {table.merchant}"  # the address may hold a password
    passfile = Path(table.passfile) if table.passfile else None
    try:
        ledger = open_ledger(
            table.url, table.merchant, wait_seconds=table.wait_ms / 1000, passfile=passfile
        )
        try:
            ledger.sale(_NO_SALE)
        finally:
            ledger.close()
    except UnreachableError:
        yield warning(
            "ledger", subject,
            Words("共享账本连不上：这台按离线处理，退款受限。",
                  "The shared ledger is not reached: this terminal is offline, and refunds less."),
            Words("检查网络和账本服务器。", "Check the network and the ledger's server."),
        )  # fmt: skip
    except LedgerError as error:
        yield problem(
            "ledger", subject,
            Words(f"共享账本不能用：{error}", f"The shared ledger cannot be used: {error}"),
            Words("改正 [ledger] 设置（docs/ledger.md）。", "Correct [ledger] (docs/ledger.md)."),
        )  # fmt: skip
    else:
        yield ok("ledger", subject, "共享账本有应答。", "The shared ledger answers.")
