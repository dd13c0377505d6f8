"""What stands behind ``--`` on the command line of ``pos-guard simulate``."""

from __future__ import annotations

import click

_META = "pos_guard_simulator.command"
_MARK = "--"


class CommandGroup(click.Group):
    """A group whose commands are followed by ``-- COMMAND``; ``asked_command`` tells which."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take the command away before options are read: it has its own."""
        if _MARK in args:
            place = args.index(_MARK)
            argv = tuple(args[place + 1 :])
            if not argv:
                raise click.UsageError("After -- comes a command.", ctx)
            ctx.meta[_META] = argv
            args = args[:place]
        return super().parse_args(ctx, args)


def asked_command() -> tuple[str, ...]:
    """The command that this invocation shall run; empty: none."""
    found: tuple[str, ...] = click.get_current_context().meta.get(_META, ())
    return found
