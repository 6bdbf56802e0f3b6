"""OSC over UDP and TCP: the only part of the core that uses python-osc. `takevoice.osc.table` has every address."""
