"""What a run leaves for pipelines: JUnit XML, JSON, annotations and a summary."""
