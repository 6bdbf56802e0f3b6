"""The house's server: one key of the API, many people; each line is paid once."""
