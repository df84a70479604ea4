CREATE TABLE click_stream (
    id           BIGINT        NOT NULL AUTO_INCREMENT PRIMARY KEY,
    eventTime    TIMESTAMP(3)  NOT NULL,
    eventType    VARCHAR(50)   NOT NULL,
    productId    VARCHAR(50),
    categoryId   VARCHAR(50),
    categoryCode VARCHAR(80),
    brand        VARCHAR(50),
    price        DECIMAL(10,2),
    userId       VARCHAR(50)   NOT NULL,
    userSession  VARCHAR(50)   NOT NULL
);
