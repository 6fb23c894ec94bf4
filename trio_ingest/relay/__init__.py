"""From a JetStream stream to the database: what many recorders have published, by one writer."""
