"""What a person can ask takevoice, and have it do: one facade for the command line, OSC, the page and plugins."""

from __future__ import annotations

from takevoice.lazy import TYPE_CHECKING, exports

if TYPE_CHECKING:
    from takevoice.ledger.filters import JobFilter as JobFilter
    from takevoice.service.office.decisions import Batch as Batch
    from takevoice.service.office.office import Office as Office
    from takevoice.service.office.opening import open_office as open_office
    from takevoice.service.office.views import JobView as JobView
else:
    __all__, __getattr__ = exports(
        __name__,
        {
            "takevoice.ledger.filters": "JobFilter",
            "takevoice.service.office.decisions": "Batch",
            "takevoice.service.office.office": "Office",
            "takevoice.service.office.opening": "open_office",
            "takevoice.service.office.views": "JobView",
        },
    )
