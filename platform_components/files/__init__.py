"""The files of a project, without an import of the SDK: their names, and strict YAML."""
