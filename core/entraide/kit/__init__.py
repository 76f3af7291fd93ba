"""The kit of plugin authors: a new plugin, its check, its next migration."""
