//! Client of both planes of Azure SRE Agent: credentials, HTTP, retry, long-running operations, ids, errors.
