//! Files: the sole reader and writer of specs, catalogs and plans.
