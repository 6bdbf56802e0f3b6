"""The plugins that come with takevoice. They are loaded through entry points, like any other plugin."""
