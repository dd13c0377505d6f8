"""A network printer's status by SNMP, as print queues ask for it."""
