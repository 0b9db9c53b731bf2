"""One purse for many villages: which package of works each gets (see ``geo.budget``)."""
