"""What several kinds of tests share: tiny organisations, made studies, known answers. Here is no test."""
