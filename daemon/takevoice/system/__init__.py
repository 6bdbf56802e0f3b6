"""What differs between Linux, macOS and Windows: each module is one interface with an implementation per system."""
