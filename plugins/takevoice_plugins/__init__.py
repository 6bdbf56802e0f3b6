"""The plugins that come with takevoice; each enters by an entry point, as a stranger's would."""
