-- The claim set that Ed-Fi's console reads with. The published script grants it a dozen resources; here its name will do.
INSERT INTO dbo.claimsets (claimsetname, isedfipreset, forapplicationuseonly)
SELECT 'Ed-Fi ODS Admin Console', true, false
WHERE NOT EXISTS (SELECT FROM dbo.claimsets WHERE claimsetname = 'Ed-Fi ODS Admin Console');
