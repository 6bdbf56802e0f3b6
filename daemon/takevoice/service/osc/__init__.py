"""What the daemon does for OSC clients; the transport is `takevoice.osc`."""
