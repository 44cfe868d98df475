-- Where an incident stands in people's hands.
UPDATE incident
SET assigned_to = CASE WHEN %(kind)s = 'assign' THEN %(assignee)s ELSE assigned_to END,
    shelved_until = CASE %(kind)s WHEN 'shelve' THEN %(until)s WHEN 'unshelve' THEN NULL ELSE shelved_until END,
    shelved_by = CASE %(kind)s WHEN 'shelve' THEN %(person)s WHEN 'unshelve' THEN NULL ELSE shelved_by END,
    shelved_reason = CASE %(kind)s WHEN 'shelve' THEN %(words)s WHEN 'unshelve' THEN NULL ELSE shelved_reason END
WHERE code = %(code)s AND status <> 'closed'
