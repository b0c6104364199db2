"""What is sent to strangers: signed webhooks and mails, out of the outboxes of alerts, boards and requests."""
