"""What happens to one take, a module for each step: planning, assessment, intake, conversion, restoration, publishing.

No module here owns a thread, but for the segments of one take that are converted side by side.
"""
