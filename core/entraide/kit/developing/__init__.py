"""`entraide serve --dev`: a site for whoever writes a plugin, started anew when a file changes."""
