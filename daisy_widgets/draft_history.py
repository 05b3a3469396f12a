"""Undo and redo: the drafts of a document one after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from daisy_widgets.workflow_draft import WorkflowDraft

_LONGEST = 200
"""Changes that are remembered."""


@dataclass(frozen=True)
class DraftHistory:
    """Where one is, what was before, and what was undone."""

    present: WorkflowDraft
    past: tuple[WorkflowDraft, ...] = ()
    future: tuple[WorkflowDraft, ...] = ()
    last: Any = None
    """What the last change was about: while somebody types into one field, it is one change."""

    def changed(self, draft: WorkflowDraft, about: Any = None) -> DraftHistory:
        """With one more change.

        Parameters
        ----------
        draft
            What it is now; the same as before is no change.
        about
            A change about the same as the one before is undone together with it; None never.
        """
        if draft.content == self.present.content and draft.text == self.present.text:
            return self
        if about is not None and about == self.last:
            return replace(self, present=draft, future=())
        past = (*self.past, self.present)[-_LONGEST:]
        return DraftHistory(draft, past, (), about)

    def undone(self) -> DraftHistory:
        """As before the last change."""
        if not self.past:
            return self
        *past, present = self.past
        return DraftHistory(present, tuple(past), (self.present, *self.future))

    def redone(self) -> DraftHistory:
        """As before the last undo."""
        if not self.future:
            return self
        present, *future = self.future
        return DraftHistory(present, (*self.past, self.present), tuple(future))
