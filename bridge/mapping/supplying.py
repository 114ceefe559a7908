"""What a target gets without a source: constants, defaults, the context, generated values."""

from __future__ import annotations

from typing import Any

from bridge.finding import Finding, Severity
from bridge.mapping.account import Account, Env, Given
from bridge.mapping.build import may_open, only_named, put, standing, thaw
from bridge.mapping.plan import Plan, Supply
from bridge.mapping.table import Row
from bridge.message import Group


class Supplying:
    """The half of a walk that the target drives."""

    account: Account

    def _supply(
        self, plan: Plan, base: dict[str, Any], source: Group, prefix: str, env: Env
    ) -> None:
        env.item = source
        for supply in plan.supplies:
            if supply.condition is None or supply.condition.holds(source):
                self._give(supply, base, prefix, env)

    def _give(self, supply: Supply, base: dict[str, Any], prefix: str, env: Env) -> None:
        row = supply.row
        if supply.join is not None:
            text = supply.join.text(env.item, env.latin)
            if text is not None:
                put(base, supply.target, text, keep=row.fallback)
            return
        if supply.default_only:
            if row.default is not None and may_open(base, supply):
                self._put(supply, base, row.default, "default", prefix)
            return
        if row.constant is not None:
            if may_open(base, supply):
                self._put(supply, base, row.constant, "constant", prefix)
            return
        if row.new:
            value = self._generated(row, env)
            if value is not None:
                self._put(supply, base, value, "generated", prefix)
            return
        value = env.context.find(row.from_)
        if value is None:
            if row.default is not None and may_open(base, supply):
                self._put(supply, base, row.default, "default", prefix)
            return
        if not supply.fits(value):
            self._misfit(supply)
            return
        if supply.plan is not None:
            if not (row.fallback and standing(base, supply.target)):
                self._translate_context(supply, base, value, env)
            return
        if supply.apply is not None:
            env.path, env.row = row.from_, supply.name
            try:
                value = supply.apply(value, env)
            except ValueError as error:
                self.account.findings.append(
                    Finding(f"CONTEXT-{supply.name}", Severity.FATAL, row.from_, str(error))
                )
                return
            except (TypeError, AttributeError):
                self._misfit(supply)
                return
            if value is None:
                return
        if row.take:
            value = only_named(value, row.take)
        self._put(supply, base, thaw(value), "context", prefix)

    def _translate_context(
        self, supply: Supply, base: dict[str, Any], value: Any, env: Env
    ) -> None:
        raise NotImplementedError

    def _misfit(self, supply: Supply) -> None:
        self.account.findings.append(
            Finding(
                f"CONTEXT-{supply.name}",
                Severity.FATAL,
                supply.row.from_,
                "the context gives a value of another kind than the field takes",
            )
        )

    def _generated(self, row: Row, env: Env) -> Any:
        if row.new == "position":
            return env.position if env.siblings > 1 else None
        fresh = env.context.ids()
        if row.new == "uuid-urn":
            return fresh.urn
        if row.new == "content-id":
            return f"{fresh.hex}@{env.context.find('platform:domain') or 'bridge.invalid'}"
        return str(fresh)

    def _put(
        self, supply: Supply, base: dict[str, Any], value: Any, origin: str, prefix: str
    ) -> None:
        keep = supply.default_only or supply.row.fallback or origin == "default"
        if put(base, supply.target, value, keep=keep):
            self.account.given.append(Given(supply.goal, origin, supply.name))
