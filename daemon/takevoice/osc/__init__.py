"""The OSC server, over UDP and TCP. Only this package uses python-osc; `addresses` lists every address."""
