"""Options that take several words at once: ``--models demo mine.safetensors``."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from typer.core import TyperCommand


class SeveralValues(TyperCommand):
    """A command without arguments, whose options that may repeat also take several words after their name."""

    def parse_args(self, ctx, args: list[str]) -> list[str]:  # type: ignore[no-untyped-def]
        """See `click.Command.parse_args`."""
        several = {
            name for option in self.params if getattr(option, "multiple", False) for name in option.opts
        }
        return super().parse_args(ctx, repeated(args, several))


def repeated(words: Sequence[str], several: Collection[str]) -> list[str]:
    """``--a x y`` as ``--a x --a y``, for the options in `several`."""
    result: list[str] = []
    option, count = None, 0
    for word in words:
        if word.startswith("-") and len(word) > 1:
            option, count = (word if word in several else None), 0
            result.append(word)
            continue
        count += 1
        result += [option, word] if option is not None and count > 1 else [word]
    return result
