"""The Domibus WS plug-in: a national Domibus carries our messages, we are its backend."""
