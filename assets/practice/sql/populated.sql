
-- Sample data: Grand Bend, one district with three schools and 210 invented students, the same on every machine.
INSERT INTO edfi.educationorganization
    (educationorganizationid, nameofinstitution, shortnameofinstitution, website, discriminator) VALUES
    (255901, 'Grand Bend ISD', 'GBISD', 'http://www.GBISD.edu/', 'edfi.LocalEducationAgency'),
    (255901001, 'Grand Bend High School', 'GBHS', 'http://www.GBISD.edu/GBHS/', 'edfi.School'),
    (255901044, 'Grand Bend Middle School', 'GBMS', 'http://www.GBISD.edu/GBMS/', 'edfi.School'),
    (255901107, 'Grand Bend Elementary School', 'GBES', 'http://www.GBISD.edu/GBES/', 'edfi.School');

INSERT INTO edfi.educationorganizationcategory (educationorganizationid, educationorganizationcategorydescriptorid)
SELECT o.educationorganizationid, d.descriptorid
FROM edfi.educationorganization o
JOIN edfi.descriptor d ON d.discriminator = 'edfi.EducationOrganizationCategoryDescriptor'
    AND d.codevalue = CASE o.educationorganizationid WHEN 255901 THEN 'Local Education Agency' ELSE 'School' END;

INSERT INTO edfi.localeducationagency (localeducationagencyid, localeducationagencycategorydescriptorid)
SELECT 255901, descriptorid FROM edfi.descriptor
WHERE discriminator = 'edfi.LocalEducationAgencyCategoryDescriptor' AND codevalue = 'Independent';

INSERT INTO edfi.school (schoolid, localeducationagencyid) VALUES
    (255901001, 255901), (255901044, 255901), (255901107, 255901);

INSERT INTO edfi.schoolcategory (schoolid, schoolcategorydescriptorid)
SELECT s.id, d.descriptorid
FROM (VALUES (255901001, 'High School'), (255901044, 'Middle School'), (255901107, 'Elementary School')) AS s (id, category)
JOIN edfi.descriptor d ON d.discriminator = 'edfi.SchoolCategoryDescriptor' AND d.codevalue = s.category;

INSERT INTO edfi.schoolgradelevel (schoolid, gradeleveldescriptorid)
SELECT s.id, d.descriptorid
FROM (VALUES
    (255901001, ARRAY['Ninth grade', 'Tenth grade', 'Eleventh grade', 'Twelfth grade']),
    (255901044, ARRAY['Sixth grade', 'Seventh grade', 'Eighth grade']),
    (255901107, ARRAY['Kindergarten', 'First grade', 'Second grade', 'Third grade', 'Fourth grade', 'Fifth grade'])
) AS s (id, grades)
JOIN edfi.descriptor d ON d.discriminator = 'edfi.GradeLevelDescriptor' AND d.codevalue = ANY (s.grades);

-- 210 names: 21 first names in turn over 20 surnames; 20 and 21 have no common divisor, so no name comes twice.
INSERT INTO edfi.student (studentuniqueid, firstname, lastsurname, birthdate, discriminator)
SELECT (604820 + n)::text,
       (ARRAY['Amaya', 'Bela', 'Corwin', 'Delphine', 'Emrys', 'Fenna', 'Goran', 'Hedda', 'Isolde', 'Jarek', 'Kiona',
              'Lorcan', 'Mireille', 'Nikau', 'Odalys', 'Pascoe', 'Quill', 'Rosalba', 'Soren', 'Tamsin', 'Ulla'])[1 + n % 21],
       (ARRAY['Abernathe', 'Birkholm', 'Castellane', 'Dunmoore', 'Eastwick', 'Farrowby', 'Gallinar', 'Hartsfell', 'Ironwood',
              'Jessamyn', 'Kestrelle', 'Lindqvale', 'Marchbank', 'Northover', 'Oakhurst', 'Pellingham', 'Quartermane',
              'Ravensley', 'Silverton', 'Thornquist'])[1 + n % 20],
       DATE '2007-09-01' + (n * 22),
       'edfi.Student'
FROM pg_catalog.generate_series(0, 209) n;

-- Seventy students to each school, the eldest in the high school, spread over its grades.
INSERT INTO edfi.studentschoolassociation
    (entrydate, schoolid, studentusi, entrygradeleveldescriptorid, schoolyear, primaryschool, discriminator)
SELECT pg_catalog.make_date(y.schoolyear - 1, 8, 23), pupil.schoolid, pupil.studentusi,
       grades.ids[1 + pupil.place % pg_catalog.cardinality(grades.ids)], y.schoolyear, true, 'edfi.StudentSchoolAssociation'
FROM (
    SELECT studentusi, pg_catalog.row_number() OVER (ORDER BY birthdate)::integer AS place,
           (ARRAY[255901001, 255901044, 255901107])[pg_catalog.ntile(3) OVER (ORDER BY birthdate)] AS schoolid
    FROM edfi.student
) AS pupil
JOIN (
    SELECT schoolid, pg_catalog.array_agg(gradeleveldescriptorid ORDER BY gradeleveldescriptorid) AS ids
    FROM edfi.schoolgradelevel GROUP BY schoolid
) AS grades USING (schoolid)
CROSS JOIN (SELECT schoolyear FROM edfi.schoolyeartype WHERE currentschoolyear) AS y;
