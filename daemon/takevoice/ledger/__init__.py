"""Every job's history in SQLite. `takevoice.ledger.reader` alone is enough, and quicker, for looking."""
