"""The commands: arguments -> a job, its progress, its result line. Light to import: ``--help`` needs all."""
